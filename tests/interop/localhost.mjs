// Names below localhost lead to this machine. Not every system resolves them; browsers do, and so does the node.
import dns from "node:dns";

const lookup = dns.lookup;
dns.lookup = (name, options, done) =>
  name.endsWith(".localhost") ? lookup("127.0.0.1", options, done) : lookup(name, options, done);

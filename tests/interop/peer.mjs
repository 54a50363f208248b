// A server that is not ours: people on Fedify, each with the signatures they try first. Tests tell it what to do at
// POST /control/{command} and read at GET /control/log what reached it. Usage: node peer.mjs PORT
import "./localhost.mjs";
import { createServer } from "node:http";
import { Temporal } from "@js-temporal/polyfill";

// The Node that Debian users have does not know these yet.
globalThis.Temporal ??= Temporal;
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node}` };

const { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore, nodeInfoToJson, parseNodeInfo, verifyObject } =
  await import("@fedify/fedify");
const vocab = await import("@fedify/vocab");
const {
  Accept, Activity, Article, Collection, Create, Delete, Event, Follow, InteractionPolicy, InteractionRule, Mention, Move, Note,
  Person, Place, Question, QuoteAuthorization, QuoteRequest, Tombstone, Undo, Update,
} = vocab;
const PUBLIC = vocab.PUBLIC_COLLECTION;

const port = Number(process.argv[2]);
const received = [];

// Fedify makes RSA keys of 4096 bits, which takes seconds; one of them is enough to meet.
const shortKey = () =>
  crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign", "verify"]);

async function makeServer(name, firstKnock, makeKey = shortKey) {
  const origin = `http://${name}.localhost:${port}`;
  const federation = createFederation({
    kv: new MemoryKvStore(),
    queue: new InProcessMessageQueue(),
    allowPrivateAddress: true,
    firstKnock,
    origin,
    onOutboxError: (error) => received.push({ at: name, type: "outbox error", error: String(error) }),
  });
  const keys = [await makeKey(), await generateCryptoKeyPair("Ed25519")];
  const followers = new Map();
  const objects = new Map();
  const done = new Map();
  const stamps = new Map();
  const aliases = [];
  let successor = null;

  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
      if (identifier !== name) return null;
      const pairs = await ctx.getActorKeyPairs(identifier);
      return new Person({
        id: ctx.getActorUri(identifier),
        preferredUsername: identifier,
        name: `${name} of elsewhere`,
        summary: "<p>Here to meet people</p>",
        url: new URL(`${origin}/@${name}`),
        inbox: ctx.getInboxUri(identifier),
        outbox: ctx.getOutboxUri(identifier),
        followers: ctx.getFollowersUri(identifier),
        endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
        aliases,
        successor,
        publicKey: pairs[0].cryptographicKey,
        assertionMethods: pairs.map((pair) => pair.multikey),
      });
    })
    .setKeyPairsDispatcher(() => keys);
  federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({
    items: [...objects.values()].map(
      (object) => new Create({ id: new URL(`${object.id.href}#create`), actor: object.attributionId, object, tos: object.toIds, ccs: object.ccIds }),
    ),
  }));
  // Asked for with a host, it lists who follows from there (FEP-8fcf).
  federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, _identifier, _cursor, host) => ({
    items: [...followers.values()].filter((one) => !host || one.id.origin === host.origin),
  }));
  federation.setObjectDispatcher(Note, "/users/{identifier}/notes/{id}", (_ctx, values) => {
    const found = objects.get(values.id);
    return found instanceof Note ? found : null;
  });
  federation.setObjectDispatcher(Question, "/users/{identifier}/questions/{id}", (_ctx, values) => objects.get(values.id) ?? null);
  federation.setObjectDispatcher(Article, "/users/{identifier}/articles/{id}", (_ctx, values) => objects.get(values.id) ?? null);
  federation.setObjectDispatcher(Event, "/users/{identifier}/events/{id}", (_ctx, values) => objects.get(values.id) ?? null);
  federation.setObjectDispatcher(QuoteAuthorization, "/users/{identifier}/stamps/{id}", (_ctx, values) => stamps.get(values.id) ?? null);

  federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .on(Follow, async (ctx, follow) => {
      const who = await follow.getActor(ctx);
      followers.set(who.id.href, { id: who.id, inboxId: who.inboxId, endpoints: who.endpoints });
      await ctx.sendActivity({ identifier: name }, who,
        new Accept({ id: newId(), actor: ctx.getActorUri(name), object: follow }));
      received.push({ at: name, type: "Follow", actor: who.id.href });
    })
    .on(QuoteRequest, async (ctx, request) => {
      const who = await request.getActor(ctx);
      const id = crypto.randomUUID();
      const stamp = new QuoteAuthorization({
        id: ctx.getObjectUri(QuoteAuthorization, { identifier: name, id }),
        attribution: ctx.getActorUri(name),
        interactingObject: request.instrumentId,
        interactionTarget: request.objectId,
      });
      stamps.set(id, stamp);
      await send(ctx, who, new Accept({ id: newId(), actor: ctx.getActorUri(name), object: request, result: stamp.id }));
      received.push({ at: name, type: "QuoteRequest", actor: who.id.href, document: await request.toJsonLd({ format: "compact" }) });
    })
    .on(Activity, async (ctx, activity) => {
      received.push({ at: name, type: activity.constructor.name, actor: activity.actorId?.href, document: await activity.toJsonLd({ format: "compact" }) });
      // Answers to something of ours are passed on to those who follow the conversation (ActivityPub 7.1.2).
      const note = activity instanceof Create ? await activity.getObject(ctx) : null;
      if (note?.replyTargetId?.href.startsWith(origin) && activity.actorId?.href !== ctx.getActorUri(name).href)
        await ctx.forwardActivity({ identifier: name }, "followers", { skipIfUnsigned: true, preferSharedInbox: true });
    })
    .onError((_ctx, error) => received.push({ at: name, type: "inbox error", error: String(error?.stack ?? error) }));

  const commands = {
    async look(ctx, { uri }) {
      const found = await ctx.lookupObject(uri);
      return found === null ? null : await found.toJsonLd({ format: "compact" });
    },
    // The ids in a collection, by Fedify's own walk over its pages.
    async walk(ctx, { uri }) {
      const found = await ctx.lookupObject(uri);
      const ids = [];
      for await (const item of ctx.traverseCollection(found)) ids.push(item.id?.href);
      return { type: found.constructor.name, total: found.totalItems, ids };
    },
    async webfinger(ctx, { resource }) {
      return await ctx.lookupWebFinger(resource);
    },
    // Fedify would not fetch it from this machine, but it reads it.
    async nodeinfo(_ctx, { uri }) {
      return nodeInfoToJson(parseNodeInfo(await (await fetch(uri)).json(), { tryBestEffort: false }));
    },
    // Any activity about one or several ids, sent to somebody; it can be undone by its id.
    async perform(ctx, { type, objects: about, to, ...values }) {
      const id = newId();
      const other = await ctx.lookupObject(to);
      const tos = type === "Announce" ? [PUBLIC, other.id] : [other.id];
      const activity = new vocab[type]({ id, actor: ctx.getActorUri(name), objects: about.map((uri) => new URL(uri)), tos, ...values });
      done.set(id.href, activity);
      await send(ctx, other, activity);
      return { id: id.href };
    },
    async undo(ctx, { id, to }) {
      const undo = new Undo({ id: newId(), actor: ctx.getActorUri(name), object: done.get(id) });
      await send(ctx, await ctx.lookupObject(to), undo);
    },
    async follow(ctx, { who }) {
      const other = await ctx.lookupObject(who);
      return await commands.perform(ctx, { type: "Follow", objects: [other.id.href], to: who });
    },
    // Somebody who follows is forgotten without a word.
    async forget(_ctx, { who }) {
      followers.delete(who);
    },
    async move(ctx, { to }) {
      successor = new URL(to);
      await send(ctx, "followers", new Move({ id: newId(), actor: ctx.getActorUri(name), object: ctx.getActorUri(name), target: successor }));
    },
    async alias(_ctx, { uri }) {
      aliases.push(new URL(uri));
    },
    async like(ctx, { uri }) {
      const object = await ctx.lookupObject(uri);
      return await commands.perform(ctx, { type: "Like", objects: [object.id.href], to: object.attributionId.href });
    },
    // `to` makes it a letter; `mention` names somebody in what everybody may read, and sends it to them.
    async post(ctx, { content, to, mention, answers, quote, title, begins, options, minutes }) {
      const other = (to ?? mention) ? await ctx.lookupObject(to ?? mention) : null;
      const id = crypto.randomUUID();
      const values = {
        attribution: ctx.getActorUri(name),
        content,
        tos: to ? [other.id] : [PUBLIC],
        ccs: to ? [] : mention ? [ctx.getFollowersUri(name), other.id] : [ctx.getFollowersUri(name)],
        replyTarget: answers ? new URL(answers) : null,
        published: Temporal.Now.instant(),
        tags: other ? [new Mention({ href: other.id, name: `@${other.preferredUsername}@${other.id.host}` })] : [],
        interactionPolicy: new InteractionPolicy({ canQuote: new InteractionRule({ automaticApproval: PUBLIC }) }),
      };
      const object = begins
        ? new Event({
            ...values, id: ctx.getObjectUri(Event, { identifier: name, id }), name: title,
            startTime: Temporal.Instant.from(begins), location: new Place({ name: "Town hall" }),
          })
        : title
        ? new Article({ ...values, id: ctx.getObjectUri(Article, { identifier: name, id }), name: title })
        : options
        ? new Question({
            ...values,
            id: ctx.getObjectUri(Question, { identifier: name, id }),
            exclusiveOptions: options.map((text) => new Note({ name: text, replies: new Collection({ totalItems: 0 }) })),
            endTime: Temporal.Now.instant().add({ minutes: minutes ?? 60 }),
            voters: 0,
          })
        : new Note({
            ...values, id: ctx.getObjectUri(Note, { identifier: name, id }), quote: quote ? new URL(quote) : null, quoteUrl: quote ? new URL(quote) : null,
          });
      objects.set(id, object);
      await send(ctx, other ?? "followers",
        new Create({ id: new URL(`${object.id.href}#create`), actor: object.attributionId, object, tos: object.toIds, ccs: object.ccIds }));
      if (quote) {
        const quoted = await ctx.lookupObject(quote);
        await send(ctx, await quoted.getAttribution(ctx),
          new QuoteRequest({ id: newId(), actor: object.attributionId, object: quoted.id, instrument: object }));
      }
      return { id: object.id.href };
    },
    async edit(ctx, { id, content }) {
      const key = id.split("/").at(-1);
      const object = objects.get(key).clone({ content, updated: Temporal.Now.instant() });
      objects.set(key, object);
      await send(ctx, "followers",
        new Update({ id: new URL(`${id}#update-${Date.now()}`), actor: object.attributionId, object, tos: object.toIds, ccs: object.ccIds }));
    },
    async delete(ctx, { id }) {
      objects.delete(id.split("/").at(-1));
      await send(ctx, "followers",
        new Delete({ id: new URL(`${id}#delete`), actor: ctx.getActorUri(name), object: new Tombstone({ id: new URL(id) }), tos: [PUBLIC] }));
    },
    async vote(ctx, { uri, option }) {
      const question = await ctx.lookupObject(uri);
      const author = await question.getAttribution(ctx);
      const id = `${origin}/votes/${crypto.randomUUID()}`;
      const vote = new Note({ id: new URL(id), attribution: ctx.getActorUri(name), name: option, replyTarget: question.id, tos: [author.id] });
      await send(ctx, author, new Create({ id: new URL(`${id}/activity`), actor: ctx.getActorUri(name), object: vote, tos: [author.id] }));
    },
  };

  function newId() {
    return new URL(`${origin}/activities/${crypto.randomUUID()}`);
  }

  function send(ctx, to, activity) {
    const toFollowers = to === "followers" ? { preferSharedInbox: true, syncCollection: true } : {};
    return ctx.sendActivity({ identifier: name }, to, activity, { immediate: true, ...toFollowers });
  }

  async function note(request, body) {
    const entry = { at: name, type: "POST", signature: request.headers.has("signature-input") ? "rfc9421" : "cavage" };
    entry.sync = request.headers.get("collection-synchronization");
    try {
      const ctx = federation.createContext(new URL(origin), undefined);
      const json = JSON.parse(body);
      entry.activity = json.type;
      // verifyObject ignores documents without a proof, so a missing one is said here.
      entry.proof = json.proof != null && (await verifyObject(Activity, json, ctx)) !== null;
    } catch (error) {
      entry.error = String(error);
    }
    received.push(entry);
  }

  return {
    async answer(request, path, body) {
      if (path.startsWith("/control/")) {
        if (path === "/control/log") return Response.json(received);
        const command = commands[path.slice("/control/".length)];
        try {
          return Response.json((await command(federation.createContext(new URL(origin), undefined), JSON.parse(body || "{}"))) ?? null);
        } catch (error) {
          return Response.json({ error: String(error?.stack ?? error) }, { status: 500 });
        }
      }
      if (request.method === "POST") await note(request, body);
      return await federation.fetch(request, { contextData: undefined });
    },
  };
}

const servers = {
  fred: await makeServer("fred", "rfc9421", () => generateCryptoKeyPair("RSASSA-PKCS1-v1_5")),
  cara: await makeServer("cara", "draft-cavage-http-signatures-12"),
  moss: await makeServer("moss", "rfc9421"),
};


createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const server = servers[incoming.headers.host.split(".")[0]];
  if (!server) {
    outgoing.writeHead(404).end();
    return;
  }
  const url = new URL(incoming.url, `http://${incoming.headers.host}`);
  const headers = Object.entries(incoming.headers).flatMap(([key, value]) => (Array.isArray(value) ? value.map((one) => [key, one]) : [[key, value]]));
  const request = new Request(url, { method: incoming.method, headers, body: body.length ? body : undefined });
  const response = await server.answer(request, url.pathname, body.toString());
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}).listen(port, "127.0.0.1", () => console.log("ready"));

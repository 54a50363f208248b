// A member's app, made with masto.js. Usage: node client.mjs BASE. It prints the address where the member lets it in and
// reads the code from its input; then it does what people do with apps, and ends with 0 when all of it worked.
import "./localhost.mjs";
import assert from "node:assert/strict";
import { createInterface } from "node:readline/promises";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import { WebSocket } from "ws";

const url = process.argv[2];
const scopes = "read write follow push";
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => console.log(JSON.stringify(value));

async function until(what) {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await what();
    if (found) return found;
  }
  throw new Error(`never: ${what}`);
}

// Log-in
const app = await createRestAPIClient({ url }).v1.apps.create({ clientName: "Pocket", redirectUris: "urn:ietf:wg:oauth:2.0:oob", scopes });
const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: "urn:ietf:wg:oauth:2.0:oob", response_type: "code", scope: scopes });
say({ open: `/oauth/authorize?${query}` });
const code = (await lines.next()).value;
const token = await createOAuthAPIClient({ url }).token.create({
  grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret,
  redirectUri: "urn:ietf:wg:oauth:2.0:oob", code, scope: scopes,
});
const masto = createRestAPIClient({ url, accessToken: token.accessToken });
const me = await masto.v1.accounts.verifyCredentials();
assert.equal(me.acct, "sofia");
const instance = await masto.v2.instance.fetch();
assert.ok(instance.configuration.statuses.maxCharacters > 0);

// Streaming
const streaming = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming ?? url.replace("http", "ws"), accessToken: token.accessToken, implementation: WebSocket,
});
const heard = [];
const stream = streaming.user.subscribe();
(async () => { for await (const event of stream) heard.push(event); })();
await new Promise((done) => setTimeout(done, 500));

// Posting, with a picture
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const picture = await masto.v2.media.create({ file: new Blob([png], { type: "image/png" }), description: "A single dot" });
await until(async () => (await masto.v1.media.$select(picture.id).fetch()).url);
const status = await masto.v1.statuses.create({ status: "Bread from today #bakery", visibility: "public", language: "en", mediaIds: [picture.id] });
assert.equal(status.mediaAttachments[0].description, "A single dot");
await until(() => heard.some((event) => event.event === "update" && event.payload.id === status.id));

// Reading
const home = await masto.v1.timelines.home.list({ limit: 1 });
assert.equal(home[0].id, status.id);
const second = await masto.v1.statuses.create({ status: "And rolls", inReplyToId: status.id, visibility: "unlisted" });
const context = await masto.v1.statuses.$select(status.id).context.fetch();
assert.deepEqual(context.descendants.map((one) => one.id), [second.id]);
const pages = [];
for await (const page of masto.v1.accounts.$select(me.id).statuses.list({ limit: 1 })) {
  pages.push(...page.map((one) => one.id));
  if (pages.length >= 2) break;
}
assert.deepEqual(pages, [second.id, status.id]);
assert.deepEqual((await masto.v1.timelines.tag.$select("bakery").list()).map((one) => one.id), [status.id]);

// Editing, liking, passing on, keeping
const edited = await masto.v1.statuses.$select(status.id).update({ status: "Bread from this morning #bakery", mediaIds: [picture.id] });
assert.ok(edited.editedAt);
assert.equal((await masto.v1.statuses.$select(status.id).history.list()).length, 2);
assert.equal((await masto.v1.statuses.$select(status.id).favourite()).favouritesCount, 1);
assert.equal((await masto.v1.statuses.$select(status.id).reblog()).reblog.id, status.id);
assert.ok((await masto.v1.statuses.$select(status.id).bookmark()).bookmarked);
assert.equal((await masto.v1.statuses.$select(status.id).favouritedBy.list())[0].id, me.id);
await masto.v1.statuses.$select(status.id).unreblog();
await masto.v1.statuses.$select(status.id).unfavourite();
assert.equal((await masto.v1.statuses.$select(status.id).fetch()).favouritesCount, 0);

// A poll
const poll = await masto.v1.statuses.create({ status: "Which roll?", poll: { options: ["Rye", "Spelt"], expiresIn: 600, multiple: false } });
assert.deepEqual(poll.poll.options.map((option) => option.title), ["Rye", "Spelt"]);

// People and notifications: tom, whose token the test hands over, answers
const tom = createRestAPIClient({ url, accessToken: (await lines.next()).value });
const asked = await tom.v1.polls.$select(poll.poll.id).votes.create({ choices: [1] });
assert.equal(asked.options[1].votesCount, 1);
await tom.v1.accounts.$select(me.id).follow();
await tom.v1.statuses.create({ status: "@sofia two loaves please", inReplyToId: status.id });
await until(() => heard.some((event) => event.event === "notification" && event.payload.type === "mention"));
const kinds = (await masto.v1.notifications.list()).map((one) => one.type);
assert.ok(kinds.includes("mention") && kinds.includes("follow"), String(kinds));
const found = await masto.v2.search.list({ q: "tom", type: "accounts" });
assert.equal(found.accounts[0].acct, "tom");
assert.ok((await masto.v1.accounts.relationships.fetch({ id: [found.accounts[0].id] }))[0].followedBy);

// Mistakes are told in Mastodon's way
await assert.rejects(masto.v1.statuses.$select("1").fetch(), (error) => error.statusCode === 404);
await assert.rejects(masto.v1.statuses.create({ status: "" }), (error) => error.statusCode === 422);

await masto.v1.statuses.$select(poll.id).remove();
await until(() => heard.some((event) => event.event === "delete" && event.payload === poll.id));
stream.unsubscribe();
streaming.close();
say({ done: true });
process.exit(0);

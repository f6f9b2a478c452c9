// A browser front end: opens a contact, watches it, and leaves it when nobody has answered in a few seconds.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { CallerKind, Channel, Signal } from "../gen/harborline/common/v1/types_pb.js";
import { type Contact, ContactService, ContactState } from "../gen/harborline/intake/v1/contact_service_pb.js";
import { ProgramService } from "../gen/harborline/intake/v1/program_service_pb.js";
import { Mesh } from "./mesh.js";
import { expectRefusal, refusal } from "./refusal.js";

/** How long a call may take before the front end shows the backup line instead. */
const PATIENCE = { timeoutMs: 5_000 };

/** How long this caller waits for a human before hanging up; a real one would stay. */
const WAIT_MS = 3_000;

const mesh = Mesh.fromCommandLine();
const program = randomUUID();

await setUpProgram();
const contacts = createClient(ContactService, mesh.intake({ role: "front_end", subject: "example-web", program }));
await showRefusal(contacts);
const contact = await openContact(contacts);
const seen = await watchContact(contacts, contact.contactId);
await leaveContact(contacts, seen);
console.log("done");

/** Without a program nobody can be called; its administrator sets it up once. */
async function setUpProgram(): Promise<void> {
  const administrator = mesh.intake({ role: "administrator", subject: "example-administrator", program });
  const clinicalDirector = { personId: "example-director", name: "Dana Director" };
  await createClient(ProgramService, administrator).putProgram(
    { requestId: randomUUID(), name: "Example program (TypeScript)", clinicalDirector, backupLine: "988" },
    PATIENCE,
  );
  console.log(`program ${program} is set up`);
}

/** A bad request is refused with everything that is wrong with it, at once; what a person said refuses nobody. */
async function showRefusal(contacts: Client<typeof ContactService>): Promise<void> {
  const wrong = { requestId: "not-a-uuid", caller: CallerKind.UNKNOWN, jurisdiction: "somewhere" };
  const { code, reason, fields } = await expectRefusal(contacts.openContact(wrong, PATIENCE));
  console.log(`a bad request is refused with ${code}, ${reason}:`);
  for (const [field, description] of fields) {
    console.log(`  ${field}: ${description}`);
  }
  assert.equal(reason, "REQUEST_INVALID");
  assert.deepEqual([...fields.keys()].sort(), ["channel", "request_id"]);
}

/** Opens a contact. The request id is chosen before the first try, so that repeating the call is always safe. */
async function openContact(contacts: Client<typeof ContactService>): Promise<Contact> {
  const request = {
    requestId: randomUUID(),
    channel: Channel.MESSAGE,
    caller: CallerKind.UNKNOWN,
    language: "en",
    signals: [Signal.STRESS],
  };
  const { contact, backupLine } = await contacts.openContact(request, PATIENCE);
  assert(contact, "an answer carries the contact");
  assert.equal(backupLine, "988");
  const repeated = await contacts.openContact(request, PATIENCE);
  assert.equal(repeated.contact?.contactId, contact.contactId, "the same request opens the same contact");
  console.log(`contact ${contact.contactId} is open; if we cannot be reached, the front end shows ${backupLine}`);
  return contact;
}

/**
 * Watches until a counselor has answered, the contact has ended, or the caller's wait is over. A stream that breaks, or
 * ends at its maximum age, is taken up again at its last cursor.
 */
async function watchContact(contacts: Client<typeof ContactService>, contactId: string): Promise<Contact> {
  const wait = AbortSignal.timeout(WAIT_MS);
  let cursor = "";
  let latest: Contact | undefined;
  while (!wait.aborted) {
    try {
      for await (const update of contacts.watchContact({ contactId, cursor }, { signal: wait })) {
        cursor = update.cursor;
        latest = update.contact;
        if (!latest) continue;
        console.log(`  watched: ${ContactState[latest.state]}, acuity ${latest.assessment?.acuity}`);
        if (latest.state >= ContactState.ANSWERED) return latest;
      }
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Canceled) await pauseFor(error);
    }
  }
  assert(latest, "the stream begins with the contact as it is");
  return latest;
}

/** Waits as the refusal says before the stream is opened again; any other failure ends the example. */
async function pauseFor(error: unknown): Promise<void> {
  const { reason, retryAfterSeconds } = refusal(error);
  assert.equal(reason, "TEMPORARILY_UNAVAILABLE");
  await new Promise((resume) => setTimeout(resume, 1_000 * (retryAfterSeconds ?? 1)));
}

/** The caller hangs up: a waiting contact leaves the queue, and leaving again is refused by name. */
async function leaveContact(contacts: Client<typeof ContactService>, { contactId }: Contact): Promise<void> {
  const { contact } = await contacts.leaveContact({ requestId: randomUUID(), contactId }, PATIENCE);
  assert.equal(contact?.state, ContactState.LEFT);
  console.log(`nobody answered in ${WAIT_MS / 1_000} s; the caller left: ${ContactState[contact.state]}`);
  const again = await expectRefusal(contacts.leaveContact({ requestId: randomUUID(), contactId }, PATIENCE));
  assert.equal(again.reason, "CONTACT_ENDED");
}

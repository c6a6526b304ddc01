import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  createUser,
  decideUpdate,
  parseCreate,
  parseUpdate,
  RosterError,
  standaloneContext,
  userFields,
  userRules,
} from "@roster/domain";

/**
 * Users in a file of this service's own. What a user is, what a request says and which values are right are
 * Roster's rules, so that the records can move to a Roster later, unchanged.
 */
export class Users {
  #file;
  #users = new Map();
  /** The write that is under way: each waits for the one before it. */
  #turn = Promise.resolve();

  static async open(file) {
    const users = new Users();
    users.#file = file;
    await mkdir(dirname(file), { recursive: true });
    const text = await readFile(file, "utf8").catch((error) => {
      // A file that is there but cannot be read must not be taken for an empty one, and overwritten.
      if (error.code === "ENOENT") return "[]";
      throw error;
    });
    for (const user of JSON.parse(text)) users.#users.set(user.id, user);
    return users;
  }

  get(id) {
    return this.#users.get(id);
  }

  /** @throws RosterError with all faults of the request */
  create(input) {
    return this.#inTurn(() => {
      const identity = { id: randomUUID(), number: this.#users.size + 1 };
      return orThrow(createUser(identity, parseCreate(userFields, input), this.#context())).next;
    });
  }

  /** @throws RosterError */
  update(id, input) {
    return this.#inTurn(() => {
      const update = parseUpdate(userFields, { ...input, where: { id } });
      return orThrow(decideUpdate(userRules, this.#users.get(id), update, this.#context())).record;
    });
  }

  #context() {
    return {
      ...standaloneContext(new Date(), "signup"),
      // The only question that these rules have about other records: whether a unique value is taken.
      taken: (field, value, own) =>
        [...this.#users.values()].some((user) => user.id !== own && user[field] === value),
    };
  }

  #inTurn(decide) {
    const done = this.#turn.then(async () => {
      const user = decide();
      const all = new Map(this.#users).set(user.id, user);
      await writeFile(`${this.#file}.new`, JSON.stringify([...all.values()]));
      await rename(`${this.#file}.new`, this.#file);
      this.#users = all;
      return user;
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function orThrow(outcome) {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
}

import { isJsonObject, type JsonObject } from "@roster/domain";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { Answer, RawRequest } from "./raw-request.ts";

/** RFC 3339, as far as a pattern without a calendar can check it; RFC 6901. */
const formats = {
  date: /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$/,
  "date-time":
    /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  "json-pointer": /^(\/([^~/]|~[01])*)*$/,
  email: /^.+@.+$/,
};

/** The OpenAPI document as a contract: finds the differences between an exchange and the document. */
export class Contract {
  readonly #document: JsonObject;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  readonly #validators = new Map<string, ValidateFunction>();
  /** The templates of paths, and what fits them. A trailing slash matters only in Roster's own routes. */
  readonly #paths: [template: string, fits: RegExp][];

  constructor(document: JsonObject) {
    this.#document = document;
    this.#ajv.addSchema(document, "openapi");
    this.#paths = Object.keys(document["paths"] as JsonObject).map((template) => {
      const words = template.replaceAll(/\{\w+\}/g, "[^/]+");
      const own = /^\/api\/(customers|users|changes)/.test(template);
      return [template, new RegExp(own ? `^${words}$` : `^${words.replace(/\/$/, "")}/?$`)];
    });
  }

  /** Each fault names its place. What the document does not describe has no faults. */
  faults(request: Pick<RawRequest, "method" | "path" | "headers" | "body">, answer: Answer): string[] {
    const at = this.#operation(request);
    // No operation describes the answer to an undocumented method.
    if (!at || answer.status === 405) return [];
    const accepted = answer.status === 200 || answer.status === 201;
    return [...this.#replyFaults(at, answer), ...(accepted ? this.#requestFaults(at, request) : [])].map(
      (fault) => `${request.method} ${request.path} ${answer.status}: ${fault}`,
    );
  }

  #replyFaults(at: readonly string[], { status, headers, text }: Answer): string[] {
    const where = [...at, "responses", String(status)];
    const response = part(this.#document, where);
    if (!response) return ["the status is not documented"];
    const content = response["content"];
    if (!isJsonObject(content)) return text === "" ? [] : ["has a body"];
    const type = mediaType(headers["content-type"]);
    if (!Object.hasOwn(content, type)) return [`the content type ${type} is not documented`];
    if (type === "text/event-stream") return [];
    return this.#valueFaults([...where, "content", type, "schema"], JSON.parse(text));
  }

  #requestFaults(
    at: readonly string[],
    { headers = {}, body }: Pick<RawRequest, "headers" | "body">,
  ): string[] {
    const content = part(this.#document, [...at, "requestBody", "content"]);
    if (!content || typeof body !== "string") return [];
    const sent = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
    const type = mediaType(sent).replace("text/xml", "application/xml");
    if (!Object.hasOwn(content, type)) return [`the content type ${type} of the request is not documented`];
    const schema = [...at, "requestBody", "content", type, "schema"];
    const text = body.replace(/^\uFEFF/, "");
    if (/^\s*\{/.test(text)) {
      const isForm = type === "application/x-www-form-urlencoded";
      return this.#valueFaults([...schema, ...(isForm ? ["contentSchema"] : [])], JSON.parse(text));
    }
    if (type !== "application/x-www-form-urlencoded") return [];
    return this.#valueFaults(schema, Object.fromEntries(new URLSearchParams(text)));
  }

  #valueFaults(where: readonly string[], value: unknown): string[] {
    const reference = `openapi#/${where.map(encode).join("/")}`;
    let validate = this.#validators.get(reference);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: reference });
      this.#validators.set(reference, validate);
    }
    return validate(value)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        );
  }

  /** The pointer to a request's operation in the document. */
  #operation({ method, path }: Pick<RawRequest, "method" | "path">): string[] | undefined {
    const [bare = ""] = path.split("?");
    const template = this.#paths.find(([, fits]) => fits.test(bare))?.[0];
    const found = template === undefined ? undefined : ["paths", template, method.toLowerCase()];
    return found && part(this.#document, found) ? found : undefined;
  }
}

const contracts = new Map<string, Contract>();

/** The contract of a document's text. Those who share it need not compile its schemas again. */
export function contractOf(text: string): Contract {
  const contract = contracts.get(text) ?? new Contract(JSON.parse(text) as JsonObject);
  contracts.set(text, contract);
  return contract;
}

const mediaType = (header: string | undefined): string =>
  (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

const encode = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));

function part(value: unknown, path: readonly string[]): JsonObject | undefined {
  const found = path.reduce<unknown>(
    (inner, name) => (isJsonObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  );
  return isJsonObject(found) ? found : undefined;
}

import { hash, randomBytes } from "node:crypto";

/** A new token: 256 random bits, with a prefix by which secret scanners know it. */
export const newToken = (): string => `roster_${randomBytes(32).toString("base64url")}`;

/** What is stored of a token. Its 256 random bits need no salt and no slow hash. */
export const hashToken = (token: string): string => hash("sha256", token, "hex");

import { plainNoun } from "../record/noun.ts";

/** The records that customers refer to. Readers of customers may read them; admins create them. */

const scopes = { read: "customers:read", write: "admin" } as const;

export const groupTagNoun = plainNoun("groupTag", scopes, (tag) => tag);
export const accessGroupNoun = plainNoun("accessGroup", scopes, (group) => group);
export const channelNoun = plainNoun(
  "channel",
  scopes,
  (channel) => channel,
  ({ view }) => ({ number: view.nextNumber("channel") }),
);
export const hierarchyLevelNoun = plainNoun("hierarchyLevel", scopes, (level) => level);

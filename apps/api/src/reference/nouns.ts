import type { AccessGroupJson, ChannelJson, GroupTagJson, HierarchyLevelJson } from "@roster/domain";
import { plainNoun } from "../record/noun.ts";

/** The records that customers refer to. Readers of customers may read them; admins create them. */

const scopes = { read: "customers:read", write: "admin" } as const;

export const groupTagNoun = plainNoun<"groupTag", GroupTagJson>("groupTag", scopes, (tag) => tag);
export const accessGroupNoun = plainNoun<"accessGroup", AccessGroupJson>(
  "accessGroup",
  scopes,
  (group) => group,
);
export const channelNoun = plainNoun<"channel", ChannelJson>(
  "channel",
  scopes,
  (channel) => channel,
  ({ view }) => ({
    number: view.nextNumber("channel"),
  }),
);
export const hierarchyLevelNoun = plainNoun<"hierarchyLevel", HierarchyLevelJson>(
  "hierarchyLevel",
  scopes,
  (level) => level,
);

import {
  userCountSchema,
  userListSchema,
  userUpdateWire,
  userUpsertWire,
  userWire,
  type UserCountInput,
  type UserCreate,
  type UserListInput,
  type UserFilter,
  type UserUpdate,
  type DeleteWhereInput,
  type UpdateWhereInput,
  type UserUpsert,
  type UserWhere,
} from "@roster/domain";
import { recordProcedures, upsertProcedure } from "./record-procedures.ts";
import { router } from "./trpc.ts";

const served = {
  type: "user" as const,
  wire: userWire,
  updateWire: userUpdateWire,
};
const users = recordProcedures(served);

export const userRouter = router({
  create: users.create<UserCreate>(),
  get: users.get<UserWhere>(),
  list: users.filteredList<UserListInput>(userListSchema),
  /** Counts the users of a list. */
  count: users.count<UserCountInput>(userCountSchema),
  indexes: users.indexes(),
  update: users.update<UserUpdate>(),
  upsert: upsertProcedure(served, userUpsertWire)<UserUpdate & { where: { username: string } }>("username"),
  createMany: users.createMany<UserCreate>(),
  updateMany: users.updateMany<UserUpdate>(),
  upsertMany: users.upsertMany<UserUpsert>(),
  updateWhere: users.updateWhere<UpdateWhereInput<UserFilter, UserUpdate>>(userCountSchema),
  deleteWhere: users.deleteWhere<DeleteWhereInput<UserFilter>>(userCountSchema),
  history: users.history<UserWhere>(),
  at: users.at<UserWhere>(),
  diff: users.diff<UserWhere>(),
  revert: users.revert<UserWhere>(),
  delete: users.delete<UserWhere>(),
  restore: users.restore<UserWhere>(),
  erase: users.erase<UserWhere>(),
  export: users.export<UserWhere>(),
});

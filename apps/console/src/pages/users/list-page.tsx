import { RecordList } from "../../records/list/record-list.tsx";

export default function UsersPage() {
  return <RecordList name="user" />;
}

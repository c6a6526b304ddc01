import { RecordList } from "../../records/list/record-list.tsx";

export default function CustomersPage() {
  return <RecordList name="customer" />;
}

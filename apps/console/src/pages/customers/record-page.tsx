import { useParams } from "@tanstack/react-router";
import { RecordPage } from "../../records/record/record-page.tsx";

export default function CustomerPage() {
  const { id } = useParams({ from: "/customers/$id" });
  return <RecordPage key={id} name="customer" id={id} />;
}

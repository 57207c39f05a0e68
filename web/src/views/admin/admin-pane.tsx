export default function AdminPane({ section }: { section: string | undefined }) {
  return <p>{section}</p>;
}

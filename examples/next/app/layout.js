export const metadata = { title: "Customers" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body style={{ fontFamily: "sans-serif" }}>{children}</body>
    </html>
  );
}

import os
import sys

from roster import Roster, RosterError

roster = Roster(sys.argv[1], os.environ["ROSTER_TOKEN"])

acme = roster.createCustomer(body={"providedId": "acme", "name": "Acme", "properties": {"plan": "free"}})
changed = roster.updateCustomer(id=acme["id"], reason="plan change", body={"properties": {"plan": "pro"}})
print(changed["version"], changed["properties"])

try:
    roster.updateCustomer(id="acme", by="providedId", body={"email": "nobody", "nmae": "Acme"})
except RosterError as error:
    print(error.status, sorted(fault["pointer"] for fault in error.problem["errors"]))

for customer in roster.listCustomers(search="acm", limit=10)["items"]:
    print(customer["number"], customer["name"])

for entry in roster.listCustomerHistory(id=acme["id"])["items"]:
    print(entry["version"], entry["action"], entry["reason"])

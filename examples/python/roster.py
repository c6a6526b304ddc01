"""A client of Roster, made from its OpenAPI document with the standard library alone.

    roster = Roster("http://127.0.0.1:4000", token)
    acme = roster.createCustomer(body={"name": "Acme"})
    roster.updateCustomer(id=acme["id"], body={"patch": {"name": "Acme Inc."}})

Each operation of the document is a method. Its parameters, in the path, the query and the headers, and `body`
are keyword arguments; names that are no Python names have `_` in place of other characters.
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request


class RosterError(Exception):
    """A refusal: `status`, and `problem` with `code`, `detail` and all `errors` by their places."""

    def __init__(self, status, problem):
        super().__init__(problem.get("detail") or problem.get("title") or str(status))
        self.status = status
        self.problem = problem


class Roster:
    def __init__(self, url, token):
        self._url = url.rstrip("/")
        self._token = token
        with urllib.request.urlopen(self._url + "/openapi.json") as answer:
            document = json.load(answer)
        for path, methods in document["paths"].items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    parameters = [self._resolve(document, one) for one in shared + operation.get("parameters", [])]
                    # JSON, or a merge patch, which is JSON too.
                    media = next(iter(operation.get("requestBody", {}).get("content", {})), "application/json")
                    call = self._operation(method, path, parameters, media)
                    call.__doc__ = operation.get("summary")
                    setattr(self, operation["operationId"], call)

    @staticmethod
    def _resolve(document, value):
        if "$ref" not in value:
            return value
        for key in value["$ref"].removeprefix("#/").split("/"):
            document = document[key]
        return document

    def _operation(self, method, path, parameters, media):
        known = {re.sub(r"\W", "_", one["name"]): one for one in parameters}

        def call(body=None, **given):
            unknown = set(given) - set(known)
            if unknown:
                raise TypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
            target, query = path, []
            headers = {"Authorization": f"Bearer {self._token}"}
            for name, value in given.items():
                parameter = known[name]
                text = value if isinstance(value, str) else json.dumps(value)
                if parameter["in"] == "path":
                    target = target.replace("{%s}" % parameter["name"], urllib.parse.quote(text, safe=""))
                elif parameter["in"] == "header":
                    headers[parameter["name"]] = text
                else:
                    query.append((parameter["name"], text))
            if query:
                target += "?" + urllib.parse.urlencode(query)
            data = None
            if body is not None:
                data = json.dumps(body).encode()
                headers["Content-Type"] = media
            request = urllib.request.Request(self._url + target, data, headers, method=method.upper())
            try:
                with urllib.request.urlopen(request) as answer:
                    content = answer.read()
                    return json.loads(content) if content else None
            except urllib.error.HTTPError as error:
                with error:
                    content = error.read()
                raise RosterError(error.code, json.loads(content) if content else {}) from None

        return call

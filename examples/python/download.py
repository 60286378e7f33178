"""Lets Backhaul fetch a URL, follows the task, and verifies the webhooks that tell of it. Standard library only."""
import base64, hashlib, hmac, json, os, queue, sys, threading, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen

SERVICE = os.environ.get("BACKHAUL_URL", "http://127.0.0.1:8080")
events = queue.Queue()


def call(method, path, body=None):
    """One request. A refusal is an HTTPError; the JSON that can be read from it says what to do."""
    headers = {"Authorization": f"Bearer {os.environ['BACKHAUL_API_KEY']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(SERVICE + path, data, headers, method=method), timeout=90) as response:
        return json.load(response)


def verify(secret, headers, body):
    """The event, if it was signed with the secret (Standard Webhooks) within five minutes; otherwise a ValueError."""
    message, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split(b" ")  # one for each secret, while it is rotated
    if not any(hmac.compare_digest(wanted, each) for each in given) or abs(time.time() - int(at)) > 300:
        raise ValueError("not signed by Backhaul, or too old")
    return json.loads(body)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))  # the bytes as they came: they are signed
        try:
            event = verify(self.server.secret, self.headers, body)
        except ValueError as error:
            return self.send_error(400, str(error))
        self.send_response(204)
        self.end_headers()
        events.put(event)  # a real program stores it first: after the 204 it does not come again

    def log_message(self, *_):
        pass


receiver = HTTPServer(("127.0.0.1", 0), Receiver)
session = f"python-{time.time_ns()}"
webhook = f"http://127.0.0.1:{receiver.server_port}/{session}"
receiver.secret = call("PUT", f"/v1/sessions/{session}", {"configuration": {"delegate": {"url": webhook}}})["secret"]
threading.Thread(target=receiver.serve_forever, daemon=True).start()
print("listening", webhook, flush=True)

task = call("POST", f"/v1/sessions/{session}/tasks", {"url": sys.argv[1]})
while task["endedAt"] is None:
    print(task["state"], task["progress"]["countOfBytesReceived"], "bytes", flush=True)
    task = call("GET", f"/v1/tasks/{task['id']}?wait=30")
print(task["state"], task["error"]["detail"] if task["error"] else f"{task['file']['bytes']} bytes")
while (event := events.get(timeout=60))["type"] != "session.events_finished":
    print("verified", event["type"], event["data"].get("task", {}).get("state", ""))
sys.exit(task["state"] != "completed")

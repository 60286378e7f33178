import type { ProblemCode } from '@backhaul/core'

/** The advice for each problem code. */
export const fixes: Record<ProblemCode, string> = {
  invalid_request: 'Correct what `errors` points at: each error has a JSON pointer and a sentence.',
  unauthorized:
    'Send a key that exists, has not been revoked and has not expired: Authorization: Bearer bh_…. In a browser, sign in again.',
  forbidden:
    'Use a key with the scope that the detail names (scopes do not imply each other), from an address that it is meant for.',
  tenant_suspended:
    'Ask the operator of the service. Once the tenant is active again, everything goes on from where it was.',
  cross_site_request:
    'Send it from a page of this service. A program sends "Authorization: Bearer …" instead of the cookie. Behind a proxy, PUBLIC_URL and TRUSTED_PROXIES tell the service its own address.',
  not_found: 'Check the address, the id and the key: what belongs to another tenant does not exist for you.',
  method_not_allowed: 'Use one of the methods in the Allow header.',
  request_timeout: 'Send the whole request within 30 seconds.',
  configuration_mismatch:
    'A configuration is frozen when its session is created. Send the same one, none at all, or use another identifier. `differences` names the fields.',
  session_invalidated:
    'Create tasks in another session, or, once this one is invalidated, make a new one with its identifier.',
  wake_closed:
    'The wake has been completed, so there is nothing to extend. The next one will tell of what has happened since.',
  wake_expired:
    'The deadline of the wake has passed. What was not acknowledged is delivered again by itself, and all events are in the feed. Extend the next wake in time.',
  task_already_ended: 'Nothing is to be done: the end of a task is final. Create a new task to try again.',
  task_not_ended: 'Cancel the task first, or let it go on: it retries by itself.',
  task_already_completed: 'Use its file, or create a new task.',
  file_not_available:
    'Wait until the task has completed; only a completed task has a file. One that has failed or was canceled never has: retry it.',
  receipt_not_available:
    'Wait until the task has completed. A task that has failed or was canceled stored nothing, so it never has a receipt.',
  file_key_taken: 'Choose another key. Files are never overwritten.',
  endpoint_disabled: 'Enable the endpoint first: POST /v1/webhook-endpoints/{id}/enable.',
  too_many_secrets: 'Wait until one expires, or rotate with an `overlapSeconds` of 0: then only the new secret signs.',
  decision_over: 'The task has gone on without the answer, or with another one. GET /v1/tasks/{id}/timeline says how.',
  endpoint_not_a_stream: 'Create an endpoint with {"kind": "stream"}. This one is called at its URL.',
  delivery_not_awaited:
    'Answer within 20 seconds, over the newest connection, and once. A delivery that was given up comes again by itself.',
  endpoint_in_use: 'Invalidate the sessions that deliver to the endpoint first.',
  task_gone:
    'Nothing is to be done. Read what you need of a task before TASK_RETENTION_DAYS are over since its end, or make its file permanent: that keeps the task, too.',
  tenant_deleting:
    'Nothing is to be done: GET /v1/admin/tenants/{id} answers 404 once it is gone. Create another tenant.',
  file_gone: 'Create a new task. Keep, renew or move a file before its lease ends.',
  link_expired: 'Ask for the file again: GET /v1/tasks/{id}/file gives a new link.',
  body_too_large: 'Send less at once: 4 MiB for batches, 1 MiB otherwise.',
  unsupported_media_type: 'Send JSON, with Content-Type: application/json.',
  precondition_failed: 'Ask again without If-Match and If-Unmodified-Since, or start over.',
  range_not_satisfiable: 'Ask for bytes that the file has; Content-Range tells its size.',
  delegate_required: 'Say where the events of the session go: an endpoint, a URL, or {"kind": "pull"}.',
  unsupported_url: 'Use an absolute http or https URL of a public host, without user name, password or odd port.',
  destination_denied:
    'Use a public address and an ordinary port. An operator opens private ranges with EGRESS_ALLOW_CIDRS, names with EGRESS_ALLOW_HOSTS, ports with EGRESS_ALLOW_PORTS. For webhooks on your own machine there is `backhaul listen`.',
  forbidden_header: 'Leave the header out: the service sets it itself, or must not send it.',
  invalid_secret:
    'Send `whsec_` and the base64 of 24 to 64 random bytes (`whsec_$(openssl rand -base64 32)`), or no secret: one is made then.',
  invalid_completion_token: 'Send the completionToken of the session.wake event with the same wakeId.',
  invalid_resume_data:
    'Create the task with its url or request: it begins at the first byte. Resume data is used once, within three days.',
  idempotency_key_reused: 'Use a new Idempotency-Key for another request.',
  foreground_rate_limited:
    'Wait for the time in Retry-After. Take longer leases (300 s at most) rather than many, and only while a user is looking.',
  last_admin_key:
    'Create another key with the scope `admin` first, or rotate this one: with an `overlapSeconds` of 0 it ends at once.',
  api_key_ended: 'Rotate a key that works and was not rotated before, or create a new one: POST /v1/api-keys.',
  rate_limited:
    'Wait for the time in Retry-After. Ask for less: create tasks in batches, follow events by webhook or stream instead of polling. GET /v1/limits has the limits; an operator sets them.',
  recovery_running:
    'Wait until it has ended: GET /v1/webhook-endpoints/{id}/recoveries/{recoveryId} shows how far it is.',
  idempotency_key_in_use: 'Ask again in a moment: the response of the first request is then replayed.',
  quota_exceeded:
    'Wait until tasks have begun, or end what is not needed: sessions, endpoints, keys, streams (one shows all sessions of the tenant). `violated` names the limits, and GET /v1/limits shows them; an operator sets them.',
  headers_too_large: 'Send fewer or shorter header fields.',
  internal: 'Try again; if it stays, tell the operator the request id.',
  unavailable: 'Try again after the time in Retry-After. Nothing was changed.',
}

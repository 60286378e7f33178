-- AlterTable
ALTER TABLE "session" ADD COLUMN     "redeliver" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE INDEX "session_endpoint_id_idx" ON "session"("endpoint_id");

-- Written by hand

-- What has ended at its endpoint without being acknowledged?
CREATE INDEX "delivery_undelivered" ON "delivery"("session_id") WHERE "state" IN ('failed', 'canceled');

-- What was written while the endpoint was switched off waits for the wake that comes when it is enabled.
UPDATE "event" e SET "held" = true FROM "session" s, "endpoint" p
WHERE s."id" = e."session_id" AND p."id" = s."endpoint_id" AND p."state" = 'disabled' AND p."deleted_at" IS NULL
  AND (s."configuration" ->> 'sessionSendsLaunchEvents')::boolean AND NOT e."held"
  AND e."type" NOT IN ('session.wake', 'session.events_finished', 'wake.expired', 'task.will_begin_delayed_request', 'task.authentication_challenge')
  AND NOT EXISTS (SELECT 1 FROM "delivery" d WHERE d."event_id" = e."id");
-- What waits behind session.events_finished is followed by another one.
UPDATE "wake" w SET "finished" = false
WHERE w."state" = 'open' AND w."finished" AND EXISTS (
  SELECT 1 FROM "delivery" d JOIN "event" e ON e."id" = d."event_id"
  WHERE d."wake_id" = w."id" AND d."state" = 'pending' AND e."type" <> 'session.events_finished');

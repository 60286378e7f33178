-- AlterTable
ALTER TABLE "delivery_lane" ADD COLUMN     "earliest_at" TIMESTAMPTZ(3);

-- Written by hand: partial indexes and what makes the rows of before right.

-- Which lanes of an endpoint that acknowledges something are tried before their time?
CREATE INDEX "delivery_lane_resting" ON "delivery_lane"("endpoint_id", "earliest_at") WHERE "earliest_at" IS NOT NULL AND "due_at" IS NOT NULL;

-- Lanes whose head got no answer at its last attempt: nobody can have asked for time, so they may go on at once. Those that
-- were answered keep their time, as a Retry-After in it is not to be told from the schedule any more.
UPDATE "delivery_lane" l SET "earliest_at" = clock_timestamp()
WHERE l."due_at" > clock_timestamp() AND (
  SELECT a."ended_at" IS NOT NULL AND a."status" IS NULL
  FROM "delivery" d LEFT JOIN "delivery_attempt" a ON a."delivery_id" = d."id" AND a."number" = d."attempts"
  WHERE d."session_id" = l."session_id" AND d."endpoint_id" = l."endpoint_id" AND d."state" = 'pending'
  ORDER BY d."position" LIMIT 1
);

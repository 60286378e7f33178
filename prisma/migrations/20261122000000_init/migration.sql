-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "key_fingerprint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "tenant" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "preferred_hours" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "limiter" (
    "tenant_id" TEXT NOT NULL,
    "delay_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "last_wake_at" TIMESTAMPTZ(3),
    "last_gated_end_at" TIMESTAMPTZ(3),
    "gated_live" INTEGER NOT NULL DEFAULT 0,
    "foreground_until" TIMESTAMPTZ(3),
    "base_seconds" DOUBLE PRECISION,
    "factor" DOUBLE PRECISION,
    "cap_seconds" DOUBLE PRECISION,

    CONSTRAINT "limiter_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "presence" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3),

    CONSTRAINT "presence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lane" (
    "tenant_id" TEXT NOT NULL,
    "vtime" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "weight" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "cap" INTEGER NOT NULL DEFAULT 128,

    CONSTRAINT "lane_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "feed" (
    "tenant_id" TEXT NOT NULL,
    "last_sequence" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "feed_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "stream_lease" (
    "tenant_id" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stream_lease_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "worker" (
    "id" TEXT NOT NULL,
    "regular" INTEGER NOT NULL,
    "discretionary" INTEGER NOT NULL,
    "reserve" INTEGER NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "host_state" (
    "host" TEXT NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),
    "half_open" BOOLEAN NOT NULL DEFAULT false,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "down_since" TIMESTAMPTZ(3),
    "fault" TEXT,
    "fault_scheme" TEXT,
    "reason" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "bytes_per_second" DOUBLE PRECISION,

    CONSTRAINT "host_state_pkey" PRIMARY KEY ("host")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "configuration" JSONB NOT NULL,
    "headers_sealed" BYTEA,
    "endpoint_id" TEXT,
    "last_task_identifier" INTEGER NOT NULL DEFAULT 0,
    "last_sequence" BIGINT NOT NULL DEFAULT 0,
    "wake_due_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "canceling" BOOLEAN NOT NULL DEFAULT false,
    "invalidated_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "task_identifier" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "due" BOOLEAN NOT NULL DEFAULT false,
    "ready_at" TIMESTAMPTZ(3) NOT NULL,
    "asks_before_begin" BOOLEAN NOT NULL DEFAULT false,
    "decision_until" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3),
    "worker_id" TEXT,
    "connections" INTEGER NOT NULL DEFAULT 1,
    "host" TEXT NOT NULL,
    "request_sealed" BYTEA NOT NULL,
    "original_request_sealed" BYTEA,
    "current_url_sealed" BYTEA,
    "expects_to_send" BIGINT,
    "expects_to_receive" BIGINT,
    "maximum_bytes" BIGINT,
    "expected" JSONB,
    "priority" DOUBLE PRECISION NOT NULL DEFAULT 0.5,
    "task_description" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "is_discretionary" BOOLEAN NOT NULL,
    "effective_discretionary" BOOLEAN NOT NULL,
    "created_in" TEXT NOT NULL,
    "earliest_begin_date" TIMESTAMPTZ(3),
    "gated_until" TIMESTAMPTZ(3),
    "gated" BOOLEAN NOT NULL DEFAULT false,
    "retry_at" TIMESTAMPTZ(3),
    "deadline" TIMESTAMPTZ(3),
    "latest_start" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resumed_at" TIMESTAMPTZ(3),
    "began_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "steps" INTEGER NOT NULL DEFAULT 0,
    "suspect_failures" INTEGER NOT NULL DEFAULT 0,
    "clean_restarts" INTEGER NOT NULL DEFAULT 0,
    "transfer" JSONB,
    "bytes_received" BIGINT NOT NULL DEFAULT 0,
    "bytes_expected" BIGINT,
    "bytes_per_second" DOUBLE PRECISION,
    "response" JSONB,
    "error" JSONB,
    "metrics" JSONB,
    "garbage" JSONB,
    "garbage_lease_until" TIMESTAMPTZ(3),
    "file_state" TEXT,
    "file_key" TEXT,
    "file_bytes" BIGINT,
    "file_checksums" JSONB,
    "file_lease_expires_at" TIMESTAMPTZ(3),
    "destination_key" TEXT,
    "resume_until" TIMESTAMPTZ(3),

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task_step" (
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "data" JSONB,

    CONSTRAINT "task_step_pkey" PRIMARY KEY ("task_id","number")
);

-- CreateTable
CREATE TABLE "file_key" (
    "key" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,

    CONSTRAINT "file_key_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "decision" (
    "event_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "answer_sealed" BYTEA,
    "disposition" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "decision_pkey" PRIMARY KEY ("event_id")
);

-- CreateTable
CREATE TABLE "transfer_part" (
    "task_id" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "crc32" BIGINT NOT NULL,
    "receipt" TEXT NOT NULL,

    CONSTRAINT "transfer_part_pkey" PRIMARY KEY ("task_id","generation","number")
);

-- CreateTable
CREATE TABLE "event" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT,
    "task_id" TEXT,
    "type" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "tenant_sequence" BIGINT NOT NULL,
    "data" JSON NOT NULL,
    "wake_id" TEXT,
    "held" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "wake" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "event_count" INTEGER NOT NULL DEFAULT 0,
    "delay_after_seconds" DOUBLE PRECISION NOT NULL,
    "finished" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "wake_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoint" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'http',
    "url" TEXT,
    "event_types" TEXT[],
    "state" TEXT NOT NULL DEFAULT 'enabled',
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "description" TEXT,
    "headers_sealed" BYTEA,
    "signature_scheme" TEXT NOT NULL DEFAULT 'v1',
    "maximum_deliveries_per_second" DOUBLE PRECISION,
    "next_send_at" TIMESTAMPTZ(3),
    "requires_verification" BOOLEAN NOT NULL DEFAULT false,
    "verified_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "next_probe_at" TIMESTAMPTZ(3),
    "connection_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoint_secret" (
    "id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "public_key" TEXT,
    "hint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_lane" (
    "session_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3),
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "last_position" BIGINT NOT NULL DEFAULT 0,
    "resumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_lane_pkey" PRIMARY KEY ("session_id","endpoint_id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "wake_id" TEXT,
    "position" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attempts_before" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "body_sealed" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempt" (
    "id" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "status" INTEGER,
    "error" TEXT,
    "request_headers_sealed" BYTEA,
    "response_body" TEXT,

    CONSTRAINT "delivery_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "position" BIGINT NOT NULL DEFAULT 0,
    "total" INTEGER NOT NULL,
    "examined" INTEGER NOT NULL DEFAULT 0,
    "queued" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "status" INTEGER NOT NULL,
    "body" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("scope","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "api_key_tenant_id_id_idx" ON "api_key"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "limiter_foreground_until_idx" ON "limiter"("foreground_until");

-- CreateIndex
CREATE INDEX "presence_tenant_id_at_idx" ON "presence"("tenant_id", "at");

-- CreateIndex
CREATE INDEX "lane_vtime_tenant_id_idx" ON "lane"("vtime", "tenant_id");

-- CreateIndex
CREATE INDEX "session_tenant_id_id_idx" ON "session"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "session_tenant_id_identifier_idx" ON "session"("tenant_id", "identifier");

-- CreateIndex
CREATE INDEX "task_tenant_id_id_idx" ON "task"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "task_tenant_id_host_idx" ON "task"("tenant_id", "host");

-- CreateIndex
CREATE INDEX "task_session_id_state_idx" ON "task"("session_id", "state");

-- CreateIndex
CREATE UNIQUE INDEX "task_session_id_task_identifier_key" ON "task"("session_id", "task_identifier");

-- CreateIndex
CREATE INDEX "file_key_task_id_idx" ON "file_key"("task_id");

-- CreateIndex
CREATE INDEX "decision_task_id_idx" ON "decision"("task_id");

-- CreateIndex
CREATE INDEX "event_task_id_idx" ON "event"("task_id");

-- CreateIndex
CREATE INDEX "event_tenant_id_session_id_tenant_sequence_idx" ON "event"("tenant_id", "session_id", "tenant_sequence");

-- CreateIndex
CREATE INDEX "event_tenant_id_created_at_idx" ON "event"("tenant_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "event_tenant_id_tenant_sequence_key" ON "event"("tenant_id", "tenant_sequence");

-- CreateIndex
CREATE UNIQUE INDEX "event_session_id_sequence_key" ON "event"("session_id", "sequence");

-- CreateIndex
CREATE INDEX "wake_session_id_id_idx" ON "wake"("session_id", "id");

-- CreateIndex
CREATE INDEX "wake_tenant_id_opened_at_idx" ON "wake"("tenant_id", "opened_at");

-- CreateIndex
CREATE INDEX "endpoint_tenant_id_id_idx" ON "endpoint"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "endpoint_secret_endpoint_id_idx" ON "endpoint_secret"("endpoint_id");

-- CreateIndex
CREATE INDEX "delivery_tenant_id_id_idx" ON "delivery"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "delivery_event_id_idx" ON "delivery"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_attempt_delivery_id_number_key" ON "delivery_attempt"("delivery_id", "number");

-- CreateIndex
CREATE INDEX "recovery_tenant_id_endpoint_id_id_idx" ON "recovery"("tenant_id", "endpoint_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "endpoint_secret" ADD CONSTRAINT "endpoint_secret_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "endpoint"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Written by hand: partial indexes, which the Prisma schema cannot express. Above each stands the question it answers.

-- An identifier can be used again once its session is invalidated.
CREATE UNIQUE INDEX "session_identifier_live" ON "session"("tenant_id", "identifier") WHERE "state" <> 'invalidated';
-- Which sessions are owed a wake, and when?
CREATE INDEX "session_wake_due" ON "session"("wake_due_at") WHERE "wake_due_at" IS NOT NULL;

-- Whose tasks are being canceled?
CREATE INDEX "session_canceling" ON "session"("id") WHERE "canceling";
-- Which sessions are on their way to their end?
CREATE INDEX "session_finishing" ON "session"("id") WHERE "state" = 'finishing';
-- Which wakes are owed to a client that is in the foreground?
CREATE INDEX "session_wake_due_tenant" ON "session"("tenant_id") WHERE "wake_due_at" IS NOT NULL;

-- Which of a tenant's tasks is next?
CREATE INDEX "task_claim" ON "task"("tenant_id", "effective_discretionary", "priority" DESC, "ready_at", "id") WHERE "state" = 'waiting' AND "due";
-- Which tasks become due?
CREATE INDEX "task_becoming_due" ON "task"("ready_at") WHERE "state" = 'waiting' AND NOT "due";
-- Which is next at each host of each session?
CREATE INDEX "task_claim_group" ON "task"("tenant_id", "session_id", "host", "effective_discretionary", "priority" DESC, "ready_at", "id") WHERE "state" = 'waiting' AND "due";
-- Which discretionary tasks wait no longer?
CREATE INDEX "task_latest_start" ON "task"("tenant_id", "latest_start") WHERE "state" = 'waiting' AND "due" AND "effective_discretionary";
-- And which of each tenant?
CREATE INDEX "task_becoming_due_tenant" ON "task"("tenant_id", "ready_at") WHERE "state" = 'waiting' AND NOT "due";
-- How many are in flight, by tenant?
CREATE INDEX "task_in_flight" ON "task"("tenant_id") WHERE "state" IN ('dispatched', 'running', 'completing');
-- How many, by host and by session and host?
CREATE INDEX "task_in_flight_host" ON "task"("host", "session_id") WHERE "state" IN ('dispatched', 'running', 'completing');
-- Whose lease has ended?
CREATE INDEX "task_lease" ON "task"("lease_until") WHERE "state" IN ('dispatched', 'running', 'completing');
-- Whose time is up?
CREATE INDEX "task_deadline" ON "task"("deadline") WHERE "state" IN ('waiting', 'dispatched', 'running', 'completing');
-- Which tasks are released when the client comes to the foreground?
CREATE INDEX "task_gated" ON "task"("tenant_id", "id") WHERE "gated" AND "ended_at" IS NULL;
-- Which tasks have this in their metadata? Most have none.
CREATE INDEX "task_metadata" ON "task" USING gin ("metadata" jsonb_path_ops) WHERE "metadata" <> '{}';
-- Whose resume data has expired?
CREATE INDEX "task_resume_until" ON "task"("resume_until") WHERE "resume_until" IS NOT NULL;
-- Which files are to be swept?
CREATE INDEX "task_file_lease" ON "task"("file_lease_expires_at") WHERE "file_state" = 'temporary';

-- What waits for a session's next wake?
CREATE INDEX "event_held" ON "event"("session_id", "sequence") WHERE "held";

-- A session has one open wake at most.
CREATE UNIQUE INDEX "wake_open" ON "wake"("session_id") WHERE "state" = 'open';
-- Which wakes have expired?
CREATE INDEX "wake_deadline" ON "wake"("deadline") WHERE "state" = 'open';

-- What is the head of a delivery lane?
CREATE INDEX "delivery_lane_head" ON "delivery"("session_id", "endpoint_id", "position") WHERE "state" = 'pending';
-- Which lanes are due?
CREATE INDEX "delivery_lane_due" ON "delivery_lane"("due_at") WHERE "due_at" IS NOT NULL;
-- Which endpoints have something pending, and which of its lanes come first?
CREATE INDEX "delivery_lane_endpoint" ON "delivery_lane"("endpoint_id", "due_at") WHERE "due_at" IS NOT NULL;
-- Which lanes are being sent?
CREATE INDEX "delivery_lane_leased" ON "delivery_lane"("lease_until") WHERE "lease_until" IS NOT NULL;
-- When may the next endpoint be sent to?
CREATE INDEX "endpoint_next_send" ON "endpoint"("next_send_at") WHERE "next_send_at" IS NOT NULL;
CREATE INDEX "endpoint_next_probe" ON "endpoint"("next_probe_at") WHERE "next_probe_at" IS NOT NULL;
-- Which ranges are being delivered again? One of an endpoint at most.
CREATE UNIQUE INDEX "recovery_running" ON "recovery"("endpoint_id") WHERE "state" = 'running';
-- Which deliveries failed long ago?
CREATE INDEX "delivery_dead" ON "delivery"("ended_at") WHERE "state" = 'failed';
-- What was delivered in a wake?
CREATE INDEX "delivery_wake" ON "delivery"("wake_id") WHERE "wake_id" IS NOT NULL;

-- Which endpoint has this address?
CREATE INDEX "endpoint_url_live" ON "endpoint"("tenant_id", "url") WHERE "deleted_at" IS NULL;
-- Draining: is anything of this session due, or waiting to be tried again?
CREATE INDEX "task_session_ready" ON "task"("session_id", "ready_at") WHERE "state" = 'waiting';
CREATE INDEX "task_session_retrying" ON "task"("session_id") WHERE "state" = 'waiting' AND "retry_at" IS NOT NULL;
CREATE INDEX "task_dispatched" ON "task"("id") WHERE "state" = 'dispatched';
CREATE INDEX "task_garbage" ON "task"("id") WHERE "garbage" IS NOT NULL;

-- When does the next host's rest end?
CREATE INDEX "host_state_blocked" ON "host_state"("blocked_until") WHERE "blocked_until" IS NOT NULL;
-- At which hosts is nobody, by a fault that is no matter of time?
CREATE INDEX "host_state_fault" ON "host_state"("blocked_until") WHERE "fault" IS NOT NULL;
-- Which tasks have been able to begin at a host for the longest?
CREATE INDEX "task_host_due" ON "task"("host", "ready_at") WHERE "state" = 'waiting' AND "due";
-- What has a session fetched lately, and how large was it? (advice)
CREATE INDEX "task_completed" ON "task"("session_id", "ended_at") WHERE "state" = 'completed';
-- Is a host still needed, and how much of a tenant's is waiting or in flight there?
CREATE INDEX "task_host_unended" ON "task"("host", "tenant_id", "state") WHERE "ended_at" IS NULL;
-- Which sessions have preferred hours of their own?
CREATE INDEX "session_preferred_hours" ON "session"("tenant_id") WHERE "configuration" -> 'preferredHours' <> 'null';
-- Which decisions are to be settled? A task waits for one at most.
CREATE UNIQUE INDEX "decision_unsettled" ON "decision"("task_id") WHERE "state" IN ('open', 'answered');

-- CreateTable
CREATE TABLE "usage_sampler" (
    "id" INTEGER NOT NULL,
    "begun_at" TIMESTAMPTZ(3),
    "sampled_at" TIMESTAMPTZ(3),

    CONSTRAINT "usage_sampler_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_level" (
    "tenant_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "running" INTEGER NOT NULL,
    "waiting" INTEGER NOT NULL,
    "counts" BIGINT[],

    CONSTRAINT "usage_level_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "usage_sample" (
    "tenant_id" TEXT NOT NULL,
    "step_seconds" SMALLINT NOT NULL,
    "slot" SMALLINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "running" INTEGER NOT NULL,
    "waiting" INTEGER NOT NULL,
    "running_before" INTEGER NOT NULL,
    "waiting_before" INTEGER NOT NULL,
    "counts" BIGINT[],

    CONSTRAINT "usage_sample_pkey" PRIMARY KEY ("tenant_id","step_seconds","slot")
);

-- Written by hand
-- The row by which processes agree on who samples.
INSERT INTO "usage_sampler" ("id") VALUES (1);

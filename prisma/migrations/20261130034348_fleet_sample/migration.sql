-- CreateTable
CREATE TABLE "fleet_sample" (
    "id" INTEGER NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "sampled_at" TIMESTAMPTZ(3),
    "sample" JSONB,

    CONSTRAINT "fleet_sample_pkey" PRIMARY KEY ("id")
);

-- Written by hand
-- The row that every sample replaces.
INSERT INTO "fleet_sample" ("id", "next_at") VALUES (1, now());

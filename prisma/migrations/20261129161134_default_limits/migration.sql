-- CreateTable
CREATE TABLE "default_limit" (
    "name" TEXT NOT NULL,
    "maximum" BIGINT NOT NULL,

    CONSTRAINT "default_limit_pkey" PRIMARY KEY ("name")
);

-- Written by hand: caps of tenant queues that were set by hand are the tenants' own limits.
UPDATE "tenant" SET "limits" = "limits" || jsonb_build_object('maximumTasksInFlight', "cap")
  FROM "lane" WHERE "lane"."tenant_id" = "tenant"."id" AND "cap" <> 128;

-- CreateTable
CREATE TABLE "request_count" (
    "key_id" TEXT NOT NULL,
    "second" BIGINT NOT NULL,
    "counts" BIGINT[],
    "given" BIGINT NOT NULL,

    CONSTRAINT "request_count_pkey" PRIMARY KEY ("key_id")
);

-- Written by hand: what a crash may take back is not logged.
ALTER TABLE "request_count" SET UNLOGGED;

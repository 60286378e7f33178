-- CreateTable
CREATE TABLE "encryption_key" (
    "id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "unlabelled" BOOLEAN NOT NULL DEFAULT false,
    "used_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "encryption_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_holder" (
    "process_id" TEXT NOT NULL,
    "key_ids" TEXT[],
    "current_id" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "key_holder_pkey" PRIMARY KEY ("process_id")
);

-- CreateTable
CREATE TABLE "encryption_pass" (
    "table_name" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "position" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "moved" BIGINT NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "encryption_pass_pkey" PRIMARY KEY ("table_name")
);

-- CreateIndex
CREATE UNIQUE INDEX "encryption_key_fingerprint_key" ON "encryption_key"("fingerprint");

-- AlterTable
ALTER TABLE "audit" ADD COLUMN     "sign_in_id" TEXT;

-- CreateTable
CREATE TABLE "sign_in" (
    "id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "tenant_id" TEXT,
    "key_id" TEXT,
    "operator_digest" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_link" (
    "hash" BYTEA NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_link_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_hash_key" ON "sign_in"("hash");

-- CreateIndex
CREATE INDEX "sign_in_tenant_id_key_id_id_idx" ON "sign_in"("tenant_id", "key_id", "id");

-- CreateIndex
CREATE INDEX "sign_in_created_at_idx" ON "sign_in"("created_at");

-- CreateIndex
CREATE INDEX "sign_in_link_tenant_id_idx" ON "sign_in_link"("tenant_id");

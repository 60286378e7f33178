-- CreateTable
CREATE TABLE "audit" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT,
    "actor" TEXT NOT NULL,
    "key_id" TEXT,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "address" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("at","id")
);

-- CreateIndex
CREATE INDEX "audit_tenant_id_at_id_idx" ON "audit"("tenant_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_tenant_id_action_at_id_idx" ON "audit"("tenant_id", "action", "at", "id");

-- CreateIndex
CREATE INDEX "audit_tenant_id_key_id_at_id_idx" ON "audit"("tenant_id", "key_id", "at", "id");

-- Written by hand

-- Rows are only added, whoever asks. They may be deleted when they are old, and with their tenant: while it is being
-- deleted ("state" may not exist yet), or when it has gone.
CREATE FUNCTION "audit_keeps_rows"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD."at" < clock_timestamp() - interval '400 days' THEN
      RETURN OLD;
    END IF;
    IF OLD."tenant_id" IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM "tenant" t WHERE t."id" = OLD."tenant_id" AND coalesce(to_jsonb(t) ->> 'state', '') <> 'deleting'
    ) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the rows of audit stay as they are' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER "audit_keeps_rows" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_keeps_rows"();
CREATE TRIGGER "audit_keeps_table" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_keeps_rows"();

-- Written by hand

-- Which wakes of a tenant are due, and which are owed while its client is in the foreground?
DROP INDEX "session_wake_due_tenant";
CREATE INDEX "session_wake_due_tenant" ON "session"("tenant_id", "wake_due_at") WHERE "wake_due_at" IS NOT NULL;

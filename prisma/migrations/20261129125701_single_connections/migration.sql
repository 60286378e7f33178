-- AlterTable
ALTER TABLE "host_state" ADD COLUMN     "single_connection_until" TIMESTAMPTZ(3);

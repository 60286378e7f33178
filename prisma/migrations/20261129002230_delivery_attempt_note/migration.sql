-- AlterTable
ALTER TABLE "delivery_attempt" ADD COLUMN     "note" TEXT;

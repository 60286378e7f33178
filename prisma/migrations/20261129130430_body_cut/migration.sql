-- AlterTable
ALTER TABLE "task" ADD COLUMN     "body_cut" JSONB;

import { Module } from '@nestjs/common';
import { ScansConsumer } from './consumer/scans.ts';

@Module({ controllers: [ScansConsumer] })
export class ClassifierModule {}

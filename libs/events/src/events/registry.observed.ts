import { IsBoolean, IsIn, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsTexts } from '../rules.ts';
import { registryId } from './example.ts';

/** The configuration of a registry. Holds no credential. */
export class RegistryObserved {
  @IsString() @IsNotEmpty() registryId: string;
  /** Host name, with a port if there is one. */
  @IsString() @IsNotEmpty() loginServer: string;
  @IsString() @IsNotEmpty() subscriptionId: string;
  @IsString() subscriptionName: string;
  @IsString() location: string;
  @IsString() sku: string;
  /** `AzureCloud`, or the name of a national cloud. */
  @IsString() cloud: string;
  @IsIn(['public', 'restricted']) networkAccess: 'public' | 'restricted';
  @IsBoolean() plainHttp: boolean;
  /** CIDR blocks that Assay may connect to although they are not public. */
  @IsTexts() allowAddresses: string[];
  @IsObject() tags: Record<string, string>;
  /** Changes when credentials or further hosts change, and reveals nothing about them. */
  @IsOptional() @IsString() access?: string;
  @IsBoolean() removed: boolean;
  @IsString() by: string;
}

export const registryObserved = defineEvent({
  topic: 'registry.observed',
  data: RegistryObserved,
  summary: 'A registry was onboarded, changed or removed.',
  examples: {
    1: {
      registryId,
      loginServer: 'myreg.registry.test',
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      subscriptionName: 'Example',
      location: 'westeurope',
      sku: 'Standard',
      cloud: 'AzureCloud',
      networkAccess: 'public',
      plainHttp: false,
      allowAddresses: [],
      tags: {},
      removed: false,
      by: 'configuration',
    },
  },
});

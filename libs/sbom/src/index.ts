export { applicationComponent, containment, libraryComponent, systemComponent, type Component } from './components.ts';
export {
  imagePurl,
  inventory,
  trivyFields,
  type Application,
  type DocumentInventory,
  type Listed,
} from './inventory.ts';

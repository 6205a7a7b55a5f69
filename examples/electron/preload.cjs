// What the page may ask of the main process.
const {contextBridge, ipcRenderer} = require('electron')

contextBridge.exposeInMainWorld('example', {
  /** Does what a button says. Resolves to {value} or {error}. */
  act: (name, ...args) => ipcRenderer.invoke('do', name, ...args),
  onServer: (listener) => ipcRenderer.on('server', (_, event) => listener(event)),
  onTable: (listener) => ipcRenderer.on('table', (_, table) => listener(table)),
})

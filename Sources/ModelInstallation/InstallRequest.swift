package import MachineTranslation

/// What to install, and how.
package struct InstallRequest: Sendable {
    /// A folder, a package (`.zip`, `.argosmodel`), the address of a package, or the name of a model in the index.
    package var model: String
    /// The index that names are looked up in; nil means `index.json` in the folder of models.
    package var index: IndexLocation?
    /// Name of the model's folder; nil names it as it is called where it comes from.
    package var name: String?
    /// Whether a model of that name is replaced.
    package var replaces = false
    /// Whether an address may be `http` on another machine.
    package var allowsPlainHTTP = false

    package init(_ model: String) { self.model = model }
}

/// A model that has been installed.
package struct InstalledModel: Sendable {
    package var description: ModelDescription
    package var receipt: Receipt
}

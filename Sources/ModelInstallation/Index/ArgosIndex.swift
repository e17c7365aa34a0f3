internal import MachineTranslation

/// The index of Argos Translate: a list of packages, without sizes, checksums or licences.
struct ArgosIndex: Decodable {
    struct Package: Decodable {
        var from_code: String?
        var to_code: String?
        var from_name: String?
        var to_name: String?
        var package_version: String?
        /// `translate`, or absent; packages of other kinds are no models of translation.
        var type: String?
        var links: [String]?
    }

    var packages: [Package]

    init(from decoder: any Decoder) throws { packages = try decoder.singleValueContainer().decode([Package].self) }

    /// What can be installed of it: packages of translation with an address that can be used. The others are left out,
    /// as new kinds come to this index that is not ours.
    func entries(at location: IndexLocation) -> [ModelIndex.Entry] {
        packages.compactMap { entry($0, location) }
    }

    private func entry(_ package: Package, _ location: IndexLocation) -> ModelIndex.Entry? {
        guard package.type ?? "translate" == "translate", let from = package.from_code, let to = package.to_code,
            let source = package.links?.lazy.compactMap({ try? location.resolve($0) }).first
        else { return nil }
        let version = package.package_version ?? "1.0"
        let alias = "translate-\(from)_\(to)"
        guard let name = try? ModelName("\(alias)-\(version.replacing(".", with: "_"))") else { return nil }
        return ModelIndex.Entry(
            name: name,
            version: version,
            description: "\(package.from_name ?? from) → \(package.to_name ?? to)",
            licence: "",
            pairs: [LanguagePair(source: from, target: to)],
            content: .archive(ContentSource(location: source)),
            aliases: [alias, "\(from)-\(to)"]
        )
    }
}

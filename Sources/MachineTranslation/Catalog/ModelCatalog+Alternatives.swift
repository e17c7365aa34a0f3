extension ModelCatalog {
    /// How to translate a pair without some of the models; nil where nothing else does.
    /// - Parameters:
    ///   - pair: in the models' own codes.
    ///   - failed: directories of the models that cannot be used.
    func route(for pair: LanguagePair, without failed: Set<String>) -> Route? {
        func model(_ source: String, _ target: String) -> ModelDescription? {
            let pair = LanguagePair(source: source, target: target)
            return models.first { !failed.contains($0.directory) && $0.pairs.contains(pair) }
        }
        if let direct = model(pair.source, pair.target) { return .direct(direct) }
        for pivot in Self.pivots where pivot != pair.source && pivot != pair.target {
            if let first = model(pair.source, pivot), let second = model(pivot, pair.target) {
                return .pivot(through: pivot, first, second)
            }
        }
        return nil
    }
}

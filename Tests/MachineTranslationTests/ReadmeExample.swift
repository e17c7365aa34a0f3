// README begin
import MachineTranslation

/// Translates English into Spanish, with the models of a folder.
func spanish(for text: String, models folder: String) async throws -> String {
    let catalog = try ModelCatalog(folder: folder)
    let factory = try TranslatorFactory(catalog: catalog)
    let pair = LanguagePair(source: "en", target: "es")
    let translator = TextTranslator(try await factory.translator(for: pair))
    return try await translator.translate(text).text
}
// README end

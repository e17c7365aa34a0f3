import DragomanClient
import Foundation

func translateLetter(_ letter: String, server: URL, key: String) async throws -> String {
    let configuration = DragomanClient.Configuration(baseURL: server, credential: .init(key), maxRetries: 5)
    return try await DragomanClient.withClient(configuration) { client in
        let greeting = try await client.translate("Good morning.", from: "en", to: "es")
        print(greeting.text, greeting.confidence)

        let job = try await client.submit(TranslationRequest(letter, to: "es"))
        for try await event in client.events(of: job.id) {
            print("\(event.status.rawValue) \(event.progress) %")
        }
        return try await client.waitForCompletion(of: job.id).result?.text ?? ""
    }
}

import Contracts
import Foundation
import JobSystem
import RabbitMQ
import Testing

struct JobMessageTests {
    @Test(arguments: [
        ("text", "en", "hi"), ("document", "auto", "zh-Hant"), (#"a"b\c"#, "\u{1}\u{1f}", "ß😀/"),
        (String(repeating: "\\", count: 32), String(repeating: "\u{2}", count: 35), String(repeating: "\"", count: 35)),
    ])
    func messageComesBackAsItWas(kind: String, source: String, target: String) throws {
        let request = SampleJobs.request(
            priority: Priority(.high),
            kind: kind,
            languages: JobLanguages(source: source, target: target)
        )
        let message = JobMessage(SampleJobs.submission(request, at: ManualTime.start).job)
        #expect(JobMessage(message.bytes, of: .high) == message)
        // Readable by anybody, with nothing but what it takes to find a worker.
        let json = try #require(try JSONSerialization.jsonObject(with: Data(message.bytes)) as? [String: Any])
        #expect(Set(json.keys) == ["i", "k", "s", "t", "h"])
    }

    private static let id = JobID(at: ManualTime.start) { 5 }.text

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"i":"\#(id)"}"#, #"{"i":"trans_1","k":"a","s":"b","t":"c","h":0}"#,
        #"{"i":"\#(id)","k":"","s":"b","t":"c","h":0}"#, #"{"i":"\#(id)","k":"a","s":"b","t":"c","h":-1}"#,
        #"{"i":"\#(id)","k":"a","s":"b","t":"c","h":9}"#, #"{"i":"\#(id)","k":"a","s":"b","t":"c","h":"0"}"#,
        #"{"i":"\#(id)","k":"a","s":"b","t":"\#(String(repeating: "c", count: 36))","h":0}"#,
        #"{"i":"\#(id)","k":"a","s":"b","t":"c","h":0}"# + String(repeating: " ", count: 1024),
        String(repeating: "[", count: 1000),
    ])
    func anythingElseIsNoMessage(text: String) {
        #expect(JobMessage(Array(text.utf8), of: .standard) == nil)
    }

    @Test func bytesThatAreNoTextAreNoMessage() {
        #expect(JobMessage([0xff, 0xfe, 0x00], of: .standard) == nil)
    }
}

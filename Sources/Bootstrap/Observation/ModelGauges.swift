internal import MachineTranslation
internal import TranslationService

/// What `/metrics` says of the models of this process.
enum ModelGauges {
    static func reading(of service: TranslationService) -> GaugeReading {
        { set in
            for model in service.models() {
                let (labels, state) = ([("model", model.name)], model.state)
                set("dragoman_model_bytes", Double(state.bytes), labels)
                set("dragoman_model_uses", Double(state.uses), labels)
                set("dragoman_model_failed", state.stage == .failed ? 1 : 0, labels)
                set("dragoman_model_loads", Double(state.loads), labels)
                set("dragoman_model_load_failures", Double(state.failures), labels)
                set("dragoman_model_evictions", Double(state.evictions), labels)
                if let time = state.loadTime { set("dragoman_model_load_seconds", time / .seconds(1), labels) }
            }
        }
    }
}

"""presidio-analyzer's own pattern recognizers: a JSON list of texts in, spans out.

It is run by the interpreter of `.tools/analyzer`, where nothing of ours is installed; see
`benchmarks.redaction_quality`. The engine without a language model is used, so the recognizers that
need one, names and places, find nothing.
"""

import json
import logging
import sys
import time

from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found, unused-ignore]
from presidio_analyzer.nlp_engine import NoOpNlpEngine  # type: ignore[import-not-found, unused-ignore]

LABELS = {"IP_ADDRESS", "CREDIT_CARD", "PHONE_NUMBER", "US_SSN", "IBAN_CODE", "EMAIL_ADDRESS"}


def main() -> None:
    """Answer on standard output."""
    logging.disable(logging.CRITICAL)
    texts = json.load(sys.stdin)
    engine = NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}])
    engine.load()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    analyzer.analyze("warm up, a@example.com", "en")
    began = time.process_time()
    found = [analyzer.analyze(text, "en", entities=sorted(LABELS)) for text in texts]
    taken = time.process_time() - began
    spans = [[(one.start, one.end, one.entity_type) for one in result] for result in found]
    json.dump({"spans": spans, "seconds": taken}, sys.stdout)


if __name__ == "__main__":
    main()

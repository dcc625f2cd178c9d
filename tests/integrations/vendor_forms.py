"""How the vendors write: texts, pictures and lists, in their own forms."""

import base64
from typing import Any

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def openai_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    kind = {"type": "refusal", "refusal": said} if ending == "refused" else {"type": "output_text", "text": said}
    output: list[Any] = [{"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [kind]}]
    if thought:
        output.insert(0, {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": thought}]})
    usage = {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150}
    usage |= {"input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10}}
    usage |= {"output_tokens_details": {"reasoning_tokens": 20}}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "incomplete" if ending == "length" else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if ending == "length" else None,
        "error": None,
        "model": "gpt-6-luna-2026-10-01",
        "output": output,
        "usage": None if no_usage else usage,
    }


def anthropic_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    blocks = [{"type": "thinking", "thinking": thought, "signature": "s"}] if thought else []
    usage = {"input_tokens": 30, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 60, "output_tokens": 50}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5-20261001",
        "content": [*blocks, {"type": "text", "text": said}],
        "stop_reason": {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}[ending],
        "stop_details": {"type": "refusal", "category": "cyber"} if ending == "refused" else None,
        "usage": None if no_usage else {**usage, "output_tokens_details": {"thinking_tokens": 20}},
    }


def gemini_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    parts = [{"text": thought, "thought": True}] if thought else []
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 30, "thoughtsTokenCount": 20, "totalTokenCount": 150}
    made: dict[str, Any] = {
        "candidates": [
            {
                "content": {"role": "model", "parts": [*parts, {"text": said}]},
                "finishReason": {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}[ending],
            }
        ],
        "modelVersion": "gemini-3.8-flash-001",
        "responseId": "req_1",
    }
    return made if no_usage else {**made, "usageMetadata": {**usage, "cachedContentTokenCount": 60}}


def chat_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    usage |= {"prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10}}
    usage |= {"completion_tokens_details": {"reasoning_tokens": 20}}
    message = {"role": "assistant", "content": said, "refusal": None}
    if ending == "refused":
        message |= {"content": None, "refusal": said}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "choices": [{"index": 0, "message": message, "finish_reason": "length" if ending == "length" else "stop"}],
        "usage": None if no_usage else usage,
    }


def openrouter_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    made = chat_form(said, ending, no_usage, thought)
    if thought:
        made["choices"][0]["message"]["reasoning"] = thought
    if made["usage"]:
        made["usage"] |= {"cost": 0.00014, "is_byok": False, "cost_details": {"upstream_inference_cost": None}}
    return {**made, "model": "openai/gpt-6-luna-2026-10-01", "provider": "OpenAI"}


def compatible_form(said: str, ending: str, no_usage: bool, thought: str) -> dict[str, Any]:
    said = f"<think>\n{thought}\n</think>\n\n{said}" if thought else said
    return {**chat_form(said, ending, no_usage, thought), "model": "qwen4:8b-instruct"}


FORMS = {
    "openai": openai_form,
    "anthropic": anthropic_form,
    "gemini": gemini_form,
    "openrouter": openrouter_form,
    "compatible": compatible_form,
}


def openai_picture() -> dict[str, Any]:
    usage = {"input_tokens": 12, "output_tokens": 1056, "total_tokens": 1068}
    usage |= {"input_tokens_details": {"image_tokens": 0, "text_tokens": 12}}
    made = {"created": 1, "output_format": "png", "size": "1024x1024", "usage": usage}
    return {**made, "data": [{"b64_json": base64.b64encode(PNG).decode()}]}


def gemini_picture() -> dict[str, Any]:
    inline = {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}
    draft = {"inlineData": {**inline, "data": base64.b64encode(b"draft").decode()}, "thought": True}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 1056, "totalTokenCount": 1068}
    content = {"role": "model", "parts": [draft, {"text": "Here it is."}, {"inlineData": inline}]}
    made = {"candidates": [{"content": content, "finishReason": "STOP"}], "usageMetadata": usage}
    return {**made, "modelVersion": "gemini-3.1-flash-image", "responseId": "req_1"}


PICTURE_FORMS = {"openai": openai_picture, "gemini": gemini_picture}


def openai_list() -> dict[str, Any]:
    rows = [
        {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": None},
        {"id": "gpt-4o", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2027-01-14"},
        {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai"},
    ]
    return {"object": "list", "data": rows}


def anthropic_list() -> dict[str, Any]:
    row = {"type": "model", "id": "claude-sonnet-5-5", "display_name": "Claude Sonnet 5.5", "lifecycle": "active"}
    row |= {"created_at": "2026-10-01T00:00:00Z", "retires_at": None}
    limits = {"max_input_tokens": 1_000_000, "max_tokens": 128_000}
    can = {"structured_outputs": {"supported": True}, "batch": {"supported": True}, "pdf_input": {"supported": True}}
    old = {**row, "id": "claude-sonnet-4-5", "lifecycle": "deprecated", "retires_at": "2026-11-30T00:00:00Z"}
    rows = [{**row, **limits, "capabilities": can}, old]
    return {"data": rows, "has_more": False, "first_id": "a", "last_id": "b"}


def gemini_list() -> dict[str, Any]:
    flash = {"name": "models/gemini-3.8-flash", "displayName": "Gemini 3.8 Flash", "inputTokenLimit": 1_048_576}
    flash |= {"outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent", "countTokens"]}
    picture = {**flash, "name": "models/gemini-3.1-flash-image"}
    vector = {"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]}
    return {"models": [flash, picture, vector]}


def openrouter_list() -> dict[str, Any]:
    row = {
        "id": "openai/gpt-6-luna",
        "canonical_slug": "openai/gpt-6-luna-2026-10-01",
        "name": "OpenAI: GPT-6 Luna",
        "created": 1,
        "context_length": 922_000,
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.0000001", "completion": "0.0000005", "image": "0", "input_cache_read": "0.00000001"},
        "top_provider": {"context_length": 922_000, "max_completion_tokens": 128_000, "is_moderated": True},
        "supported_parameters": ["max_tokens", "structured_outputs", "response_format"],
        "expiration_date": None,
    }
    ends = {**row, "id": "openai/gpt-4o", "expiration_date": "2027-01-14", "supported_parameters": ["max_tokens"]}
    return {"data": [row, ends]}


def compatible_list() -> dict[str, Any]:
    row = {"id": "qwen4:8b", "object": "model", "created": 1, "owned_by": "library"}
    return {"object": "list", "data": [row, {**row, "id": "nomic-embed-text:latest"}]}


LISTS = {
    "openai": openai_list,
    "anthropic": anthropic_list,
    "gemini": gemini_list,
    "openrouter": openrouter_list,
    "compatible": compatible_list,
}


def openrouter_key(**more: Any) -> dict[str, Any]:
    data = {"label": "sk-or-v1-116...0ce", "limit": None, "limit_remaining": None, "usage": 25.5}
    return {"data": {**data, "is_free_tier": False, "is_management_key": False, "is_provisioning_key": False, **more}}

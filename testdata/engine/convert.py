"""Writes the sentence model of a PyPI package (BERT, safetensors) as GGUF, which llama.cpp reads: convert.py FOLDER FILE.

llama.cpp's own converter does the same for a hundred architectures, and needs torch and transformers for it."""

import json
import sys
from pathlib import Path

import gguf
from safetensors.numpy import load_file

folder, target = Path(sys.argv[1]), sys.argv[2]
config = json.loads((folder / "config.json").read_text())
vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
assert config["architectures"] == ["BertModel"] and len(vocabulary) == config["vocab_size"], "another model than this is written for"
assert json.loads((folder / "1_Pooling/config.json").read_text())["pooling_mode_mean_tokens"]

writer = gguf.GGUFWriter(target, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.BERT])
writer.add_name("all-MiniLM-L6-v2")
writer.add_context_length(config["max_position_embeddings"])
writer.add_embedding_length(config["hidden_size"])
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_block_count(config["num_hidden_layers"])
writer.add_head_count(config["num_attention_heads"])
writer.add_layer_norm_eps(config["layer_norm_eps"])
writer.add_causal_attention(False)
writer.add_pooling_type(gguf.PoolingType.MEAN)
writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def is_special(token):
    return token.startswith("[") and token.endswith("]") and token != "[]"


def spelled(token):
    """WordPiece marks what goes on a word (##); llama.cpp marks what begins one."""
    return token if is_special(token) else token.removeprefix("##") if token.startswith("##") else "\u2581" + token


writer.add_tokenizer_model("bert")
writer.add_tokenizer_pre("default")
writer.add_token_list([spelled(token) for token in vocabulary])
writer.add_token_types([gguf.TokenType.CONTROL if is_special(token) else gguf.TokenType.NORMAL for token in vocabulary])
writer.add_token_type_count(config["type_vocab_size"])
for name, token in (("bos", "[CLS]"), ("eos", "[SEP]"), ("sep", "[SEP]"), ("unk", "[UNK]"), ("pad", "[PAD]"), ("mask", "[MASK]")):
    getattr(writer, f"add_{name}_token_id")(vocabulary.index(token))

names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config["num_hidden_layers"])
for name, tensor in load_file(folder / "model.safetensors").items():
    if name == "embeddings.position_ids" or name.startswith("pooler."):
        continue  # of other uses of the model
    written = names.get_name(name, try_suffixes=(".weight", ".bias"))
    assert written, f"llama.cpp has no tensor for {name}"
    writer.add_tensor(written, tensor.astype("float32"))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

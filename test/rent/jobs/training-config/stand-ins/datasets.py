import json

from recorder import record


class Rows:
    def __init__(self, rows):
        self.rows = rows
        self.shown = rows

    def __len__(self):
        return len(self.rows)

    @property
    def column_names(self):
        return list(self.rows[0])

    def map(self, change, remove_columns):
        return Rows([{**{k: v for k, v in row.items() if k not in remove_columns}, **change(row)} for row in self.rows])

    def remove_columns(self, names):
        return Rows([{k: v for k, v in row.items() if k not in names} for row in self.rows])

    def train_test_split(self, test_size, seed):
        cut = len(self.rows) - max(1, int(len(self.rows) * test_size))
        return {"train": Rows(self.rows[:cut]), "test": Rows(self.rows[cut:])}


def load_dataset(kind, data_files=None, split=None):
    record("load_dataset", kind, data_files=data_files, split=split)
    if data_files is None:
        return Rows([{"text": "from the hub"}])
    return Rows([json.loads(line) for path in data_files for line in open(path)])

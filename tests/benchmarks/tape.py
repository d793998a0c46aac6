"""A tape of a million loans: reading, cleaning, checks, statistics and nine strata against reading the file alone.

    python -m tests.benchmarks.tape [loans] [--dirty]

Both are run in processes of their own, alternately, so that the ratio outlives the machine and the peak memory is
each one's own. Seconds are those of the processor: what else runs on the machine does not count. `--dirty` writes
every tenth balance with thousands separators and every date in Chinese.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HEADERS = (
    "借据号",
    "客户编号",
    "未偿本息费余额",
    "未偿本金余额",
    "贷款利率",
    "逾期天数",
    "贷款发放日",
    "贷款到期日",
    "地区",
    "五级分类",
    "年龄",
    "职业",
    "授信额度",
    "担保方式",
    "押品城市",
)
REGIONS = ("北京", "上海", "广东", "浙江", "江苏", "四川", "湖北", "山东", "河南", "福建")
GRADES = ("次级", "可疑", "损失")
JOBS = ("职员", "个体经营", "教师", "司机", "农民", "其他")
SECURITIES = ("信用", "抵押", "保证", "质押")
CITIES = tuple(f"城市{i}" for i in range(40))
RUNS = 5

ALONE = """
import json, resource, sys, time
import pandas as pd
start = time.process_time()
loans = pd.read_csv(sys.argv[1])
"""
WHOLE = """
import json, resource, sys, time
from pathlib import Path
import pandas as pd
from addin.workbook.tape import read_tape
from kmv_core.assets.pool import pool_statistics
from kmv_core.assets.strata import pool_strata
from kmv_core.assets.tape import check_tape
start = time.process_time()
loans = read_tape(Path(sys.argv[1])).loans
assert check_tape(loans) == []
found = pool_statistics(loans)
fields = {
    "loan_classification": None,
    "days_in_pastdue": [30, 90, 180, 360, 720],
    "total_balance": [1e3, 1e4, 1e5, 1e6],
    "region": None,
    "age": [25, 35, 45, 55],
    "occupation": None,
    "credit_line": [1e4, 5e4, 1e5],
    "security": None,
    "city_of_collateral": None,
}
for field, bands in fields.items():
    assert pool_strata(loans, field, bands).loans.sum() == found.loans
"""
TELL = """
spent = time.process_time() - start
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10]))
"""


def write_tape(path: Path, loans: int, *, dirty: bool = False, seed: int = 0) -> None:
    """A tape of fifteen columns under Chinese headers; lognormal balances, two loans a borrower."""
    rng = np.random.default_rng(seed)
    balance = rng.lognormal(9.0, 1.2, loans).round(2)
    principal = (balance * rng.uniform(0.6, 0.95, loans)).round(2)
    rate = rng.integers(300, 1800, loans) / 10_000
    overdue = rng.integers(91, 1500, loans)
    made = np.datetime64("2015-01-01") + rng.integers(0, 1500, loans)
    due = made + rng.integers(365, 1825, loans)
    borrower = rng.integers(0, loans // 2 + 1, loans)
    region, grade = rng.integers(0, len(REGIONS), loans), rng.integers(0, len(GRADES), loans)
    age, limit = rng.integers(18, 75, loans), rng.integers(1, 40, loans) * 5000
    job, secured, city = (rng.integers(0, len(words), loans) for words in (JOBS, SECURITIES, CITIES))
    days = made.astype(str)
    if dirty:
        days = np.asarray([f"{each[:4]}年{int(each[5:7])}月{int(each[8:])}日" for each in days])
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(HEADERS) + "\n")
        for i in range(loans):
            amount = f'"{balance[i]:,.2f}"' if dirty and i % 10 == 0 else f"{balance[i]:.2f}"
            stream.write(
                f"JJ{i:012d},KH{borrower[i]:010d},{amount},{principal[i]:.2f},{rate[i]:.4f},{overdue[i]},"
                f"{days[i]},{due[i]},{REGIONS[region[i]]},{GRADES[grade[i]]},{age[i]},{JOBS[job[i]]},{limit[i]},"
                f"{SECURITIES[secured[i]]},{CITIES[city[i]]}\n"
            )


def measured(code: str, path: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of a piece of code in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code + TELL, str(path)], capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout)
    return float(seconds), float(peak)


def ratio(loans: int, *, dirty: bool = False) -> tuple[float, str]:
    """Whole over alone, best runs, and the line that tells the rest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.csv"
        write_tape(path, loans, dirty=dirty)
        size = path.stat().st_size / 2**20
        pairs = [(measured(ALONE, path), measured(WHOLE, path)) for _ in range(RUNS)]
    alone, whole = min(a for (a, _), _ in pairs), min(w for _, (w, _) in pairs)
    peak_alone, peak = max(m for (_, m), _ in pairs), max(m for _, (_, m) in pairs)
    line = (
        f"{loans:,} loans ({size:.0f} MB{', dirty' if dirty else ''}): read alone {alone:.2f} s, peak {peak_alone:.0f} MB; "
        f"read, clean, check, statistics, nine strata {whole:.2f} s, peak {peak:.0f} MB; ratio {whole / alone:.2f}"
    )
    return whole / alone, line


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    sys.stdout.write(ratio(int(given[0]) if given else 1_000_000, dirty="--dirty" in sys.argv)[1] + "\n")

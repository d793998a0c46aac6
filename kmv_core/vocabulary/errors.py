"""The coded, bilingual exceptions.

A code is stable for ever. `E` refuses, `W` warns. Each kind knows which true spreadsheet error a cell
shows for it, and its sentence in English and Chinese; the fields in braces are filled where it is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

CellError = Literal["#VALUE!", "#NUM!", "#N/A"]


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One code: the spreadsheet error it becomes and its two sentences."""

    code: str
    cell_error: CellError
    en: str
    zh: str


def _kinds(*rows: tuple[str, CellError, str, str]) -> dict[str, ErrorKind]:
    return {row[0]: ErrorKind(*row) for row in rows}


KINDS = _kinds(
    ("E100", "#VALUE!", "file not found: {found}", "找不到文件：{found}"),
    ("E106", "#VALUE!", "{found} is a folder: name a file in it", "{found} 是文件夹：请指定其中的文件"),
    ("E101", "#VALUE!", "the file is empty", "文件为空"),
    (
        "E102",
        "#VALUE!",
        "not a workbook: it looks like {found}; save it as .xlsx",
        "不是工作簿：内容像是{found}，请另存为 .xlsx",
    ),
    ("E103", "#VALUE!", "an old .xls workbook: save it as .xlsx", "旧版 .xls 工作簿：请另存为 .xlsx"),
    ("E104", "#VALUE!", "the workbook is encrypted: remove the open password", "工作簿已加密：请先取消打开密码"),
    (
        "E105",
        "#VALUE!",
        "the file is cut short or damaged ({found}): copy it again",
        "文件不完整或已损坏（{found}）：请重新复制",
    ),
    (
        "E110",
        "#VALUE!",
        "would expand to {found}, past the limit of {limit}; refused",
        "解压后将达到 {found}，超过上限 {limit}，已拒绝",
    ),
    (
        "E111",
        "#VALUE!",
        "XML document types or entities found in {found}; refused",
        "在 {found} 中发现 XML 实体声明，已拒绝",
    ),
    (
        "E112",
        "#VALUE!",
        "unsafe or duplicate part name {found}; refused",
        "压缩包内有不安全或重复的部件名 {found}，已拒绝",
    ),
    (
        "E113",
        "#VALUE!",
        "sheet part {found} spans {count} cells, more than {limit}: clear empty rows and columns",
        "工作表部件 {found} 跨 {count} 个单元格，超过 {limit}：请清除空行空列",
    ),
    (
        "E114",
        "#VALUE!",
        "part missing or unreadable ({found}): open and save again in Excel",
        "缺少部件或无法读取（{found}）：请用 Excel 打开并重新保存",
    ),
    ("W120", "#VALUE!", "the workbook holds macros; they are not run", "工作簿含宏；不会运行"),
    ("W121", "#VALUE!", "{count} external links; their cached values are used", "含 {count} 个外部链接；使用其缓存值"),
    (
        "E201",
        "#VALUE!",
        "{what} '{name}' not found; present: {present}; nearest: {nearest}",
        "找不到{what_zh}“{name}”；现有：{present}；最接近：{nearest}",
    ),
    ("E202", "#VALUE!", "'{name}' ({title_en}) is missing in [{section}]", "[{section}] 缺少“{name}”（{title_zh}）"),
    (
        "E203",
        "#VALUE!",
        "'{name}' occurs more than once: {first} and {second}",
        "“{name}”重复出现：{first} 与 {second}",
    ),
    ("E204", "#VALUE!", "unknown {what} '{name}'; nearest: {nearest}", "未知的{what_zh}“{name}”；最接近：{nearest}"),
    (
        "E205",
        "#VALUE!",
        "'{name}' must be one of {choices}; found {found}",
        "“{name}”必须是 {choices} 之一；现为 {found}",
    ),
    (
        "E206",
        "#VALUE!",
        "'{found}' is used by more than one row of [{section}]: give each its own name",
        "[{section}] 中有多行同名“{found}”：请分别命名",
    ),
    (
        "W207",
        "#VALUE!",
        "the row '{found}' begins with # and is passed over as a remark",
        "“{found}”行以 # 开头，作为备注略过",
    ),
    (
        "E210",
        "#VALUE!",
        "a formula without a result: open in Excel, let it calculate, and save",
        "公式尚无结果：请在 Excel 中打开、计算并保存",
    ),
    ("E211", "#VALUE!", "{name} is {found}: mend that cell first", "{name} 为 {found}：请先修正该单元格"),
    ("E212", "#VALUE!", "{name} must be a number; found {found}", "{name} 必须是数字；现为 {found}"),
    ("W213", "#VALUE!", "{name}: full-width characters; read as {read}", "{name}：含全角字符；读作 {read}"),
    (
        "W214",
        "#VALUE!",
        "{name}: '{found}' read as {read}; confirm the unit",
        "{name}：“{found}”读作 {read}；请核对单位",
    ),
    (
        "E215",
        "#VALUE!",
        "{name}: '{found}' is ambiguous; type a plain number",
        "{name}：“{found}”有歧义；请直接输入数字",
    ),
    ("E216", "#VALUE!", "{name} is blank: enter a value", "{name} 为空：请填写"),
    (
        "W219",
        "#VALUE!",
        "{name}: {found} holds a line break; if a quotation mark is missing, the rows that follow were taken into this cell",
        "{name}：{found} 含换行；若缺少引号，其后各行已被并入该单元格",
    ),
    ("E217", "#VALUE!", "{name}: rows and columns do not fit: {found}", "{name}：行列不匹配：{found}"),
    ("E218", "#VALUE!", "{name} is what is solved for: leave it out", "{name} 为待求量：请留空"),
    (
        "E220",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    (
        "E221",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    (
        "E222",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    (
        "E223",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    ("W223", "#NUM!", "{name} is {percent}: is it meant?", "{name} 为 {percent}：请确认"),
    (
        "E224",
        "#NUM!",
        "{name} must be {domain}, or the default probability is undefined; got {found}{remedy}",
        "{name} 必须{domain_zh}，否则违约概率无定义；现为 {found}{remedy_zh}",
    ),
    (
        "E225",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    (
        "E226",
        "#NUM!",
        "{name} must be {domain}; got {found}{remedy}",
        "{name} 必须{domain_zh}；现为 {found}{remedy_zh}",
    ),
    ("E227", "#VALUE!", "at least one {what} is needed in [{section}]", "[{section}] 至少需要一个{what_zh}"),
    ("E228", "#NUM!", "the {what} add to {found}, more than 1", "{what_zh}合计 {found}，超过 1"),
    (
        "E229",
        "#VALUE!",
        "{found} without a message of kmv-abs: another function failed there, or the cell was not calculated since the workbook was opened (recalculate all)",
        "{found}：kmv-abs 未留下说明，可能由其他函数产生，或打开后尚未计算（请全部重算）",
    ),
    ("W230", "#VALUE!", "{name}: a date as text, '{found}', read as {read}", "{name}：文本日期“{found}”读作 {read}"),
    ("E231", "#VALUE!", "{name}: no such date: {found}", "{name}：日期不存在：{found}"),
    ("W232", "#VALUE!", "{name}: '{found}' read as the date {read}", "{name}：“{found}”读作日期 {read}"),
    (
        "E234",
        "#VALUE!",
        "dates out of order: {later_name} {later} must be {relation} {earlier_name} {earlier}",
        "日期顺序有误：{later_name_zh} {later} 必须{relation_zh}{earlier_name_zh} {earlier}",
    ),
    (
        "E235",
        "#VALUE!",
        "{name} must be a date (ISO, or a date cell); found {found}",
        "{name} 必须是日期（ISO 格式或日期单元格）；现为 {found}",
    ),
    (
        "E250",
        "#VALUE!",
        "the tranches add to {found}, the issue size is {expected}",
        "各档规模合计 {found}，发行规模为 {expected}",
    ),
    (
        "W251",
        "#VALUE!",
        "tranches of equal rank ({found}) are paid pro rata (pari passu): is it meant?",
        "次序相同（{found}）的各档按比例同顺位偿付：请确认",
    ),
    (
        "E252",
        "#VALUE!",
        "the order '{name}' does not pay {found}: without that step it can never be paid",
        "偿付顺序“{name}”未列 {found}：缺少该步骤则永远得不到支付",
    ),
    (
        "E253",
        "#VALUE!",
        "the last level of the order '{name}' must be the residual, and only the last; found {found}",
        "偿付顺序“{name}”最后一个顺位须为 residual，且仅此一处；现为 {found}",
    ),
    (
        "E254",
        "#VALUE!",
        "the principal shares of {name} add to {found}: at most 1",
        "{name} 的应付本金比例合计 {found}：不得超过 1",
    ),
    (
        "E255",
        "#VALUE!",
        "{found} is not used: {name} is {expected}",
        "{found} 未被使用：{name} 为 {expected}",
    ),
    (
        "E256",
        "#VALUE!",
        "a pool is either loans [recovery] or licences [licences]; found {found}",
        "资产池或为贷款 [recovery]，或为许可费 [licences]；现为 {found}",
    ),
    (
        "W257",
        "#VALUE!",
        "{name}: more cash can hurt: not paid for multiples of collections in {found}; the default probability of these regions is {share}, the figure shown is the cautious one below the highest",
        "{name}：回收增加反而可能不足：回收倍数处于 {found} 时无法足额兑付；该区域概率 {share}，所列违约概率按最高临界倍数从严计算",
    ),
    (
        "W258",
        "#VALUE!",
        "fees of {name} fall due after the last collection period, {date}, and are not received: {count}, in all {amount}",
        "{name} 有 {count} 笔许可费（合计 {amount}）在最后一个收款期（{date}）之后到期，无法收到",
    ),
    (
        "E259",
        "#VALUE!",
        "the benchmark begins on {found}, but interest of '{name}' runs from {date}: add a line from {date} or before",
        "基准利率自 {found} 起，而“{name}”自 {date} 起计息：请补充 {date} 或更早的一行",
    ),
    (
        "E260",
        "#VALUE!",
        "{count} loans share their id with another: {found}",
        "{count} 笔贷款编号重复：{found}",
    ),
    ("E261", "#VALUE!", "the tape holds no loan", "资产清单中没有贷款"),
    (
        "W262",
        "#VALUE!",
        "the tape holds one loan: concentration and strata say nothing",
        "资产清单仅有一笔贷款：集中度与分布表无意义",
    ),
    (
        "E263",
        "#VALUE!",
        "the sheet is full ({found} rows): loans beyond it would be lost; save the tape as CSV",
        "工作表已满（{found} 行）：超出的贷款会丢失；请将资产清单存为 CSV",
    ),
    (
        "W264",
        "#VALUE!",
        "{count} columns are not known and not read: {found}",
        "{count} 列无法识别，未读取：{found}",
    ),
    (
        "E270",
        "#VALUE!",
        "the years of [recovery_curve] must rise from point to point, the first above 0 (the point 0, 0 is understood); found {found} after {before}",
        "[recovery_curve] 的年数须逐点增加，首点大于 0（零点不必填写）；现为 {before} 之后 {found}",
    ),
    (
        "E271",
        "#VALUE!",
        "the cumulative share of [recovery_curve] falls from {before} to {found}: enter shares received to date, not by period",
        "[recovery_curve] 的累计占比由 {before} 降至 {found}：请填截至各时点的累计占比，而非当期占比",
    ),
    (
        "E272",
        "#VALUE!",
        "the last share of [recovery_curve] must be 1; found {found}: shares are of what is collected in all, the recovery rate says how much that is",
        "[recovery_curve] 末点累计占比必须为 1；现为 {found}：占比以回收总额为基数，总额由回收率决定",
    ),
    (
        "W273",
        "#VALUE!",
        "{name} is not used: the vector [recovery_curve] stands in its place{reason}",
        "{name} 未使用：已由向量 [recovery_curve] 代替{reason_zh}",
    ),
    (
        "E274",
        "#N/A",
        "the public record holds no deal of the type {found} with both weighted lives; types with data: {known}",
        "公开资料中没有同时披露两档加权期限的 {found} 项目；有数据的类型：{known}",
    ),
    (
        "E275",
        "#NUM!",
        "the triangle's development falls at age {found}: cumulative recovery cannot be made a curve there",
        "回收三角在账龄 {found} 处累计回收下降：无法形成回收曲线",
    ),
    (
        "E276",
        "#NUM!",
        "the triangle shows {ages} ages: for a horizon of {found} take the method decay, which extrapolates",
        "回收三角仅有 {ages} 个账龄：期限 {found} 须改用可外推的 decay 方法",
    ),
    (
        "E280",
        "#NUM!",
        "{name}: {found} observations, at least {least} are needed",
        "{name}：仅有 {found} 个观测，至少需要 {least} 个",
    ),
    (
        "E281",
        "#NUM!",
        "{name} does not vary: nothing can be tested",
        "{name} 无变化：无法检验",
    ),
    (
        "E282",
        "#N/A",
        "no volatility can be had: {found}; give total_volatility",
        "无法得到波动率：{found}；请直接给定 total_volatility",
    ),
    (
        "E283",
        "#N/A",
        "{found} licensees: the exact reading lists every set of defaults up to {most} licensees; use the simulation",
        "被许可人共 {found} 户：精确口径最多枚举 {most} 户的违约组合；请使用模拟",
    ),
    (
        "E290",
        "#VALUE!",
        "{found} is no payment date of the deal; nearest: {nearest}",
        "{found} 不是本项目的支付日；最接近：{nearest}",
    ),
    (
        "E291",
        "#VALUE!",
        "{name} needs [{section}]: the pool of this deal has none",
        "{name} 需要 [{section}]：本项目资产池没有该部分",
    ),
    (
        "E292",
        "#NUM!",
        "{name} is paid nothing: it has neither a rate of return nor a duration",
        "{name} 未获任何支付：没有收益率与久期",
    ),
    (
        "E295",
        "#N/A",
        "the deal has no exact reading: it is for pools of licences with few licensees",
        "该项目无精确口径：仅适用于被许可人户数较少的许可费资产池",
    ),
    ("E301", "#VALUE!", "the output is open in another program; close it", "输出文件被其他程序占用；请先关闭"),
    ("E302", "#VALUE!", "save failed ({found}); nothing was changed", "保存失败（{found}）；原文件未改动"),
    (
        "E303",
        "#VALUE!",
        "the output would replace a file that is read: choose another name",
        "输出文件与输入文件相同：请另取文件名",
    ),
    (
        "E304",
        "#VALUE!",
        "the folder {found} does not exist: make it, or name another",
        "文件夹 {found} 不存在：请先新建或另选",
    ),
    ("E305", "#VALUE!", "{found} is a folder: name a file", "{found} 是文件夹：请指定文件名"),
    ("E306", "#VALUE!", "{found}: a report is an .xlsx", "{found}：报告须为 .xlsx"),
    (
        "E310",
        "#NUM!",
        "no root: {found} cannot be reached; reachable: {reachable}",
        "无解：无法达到 {found}；可达范围：{reachable}",
    ),
    (
        "E311",
        "#NUM!",
        "{name} came out as {found}: not a number that can be shown",
        "{name} 的结果为 {found}：不是可显示的数值",
    ),
    (
        "E350",
        "#NUM!",
        "a period noise of {noise} alone gives the total a volatility of {found}, not below {limit}: lower period_noise or raise total_volatility",
        "单期噪声 {noise} 已使回收总额波动率达 {found}，不低于 {limit}：请调低 period_noise 或调高 total_volatility",
    ),
    (
        "E351",
        "#VALUE!",
        "{found} reported periods, the forecast has {most}",
        "报告期数 {found} 多于预测期数 {most}",
    ),
    (
        "E352",
        "#N/A",
        "reports update a lognormal total; form {found} has no such update: use lognormal or log_drift",
        "存续期更新基于对数正态总额；{found} 形式没有对应更新：请用 lognormal 或 log_drift",
    ),
    (
        "E353",
        "#VALUE!",
        "no report for payment date {found}, though a later one is there: reports must follow one another from the first",
        "缺少支付日 {found} 的报告，而其后已有报告：报告须自首期起连续",
    ),
    (
        "E354",
        "#VALUE!",
        "report date {found} is outside the deal, {low} to {high}",
        "报告日 {found} 不在项目期间 {low} 至 {high} 之内",
    ),
    (
        "E355",
        "#N/A",
        "the deal has nothing of {found} to move",
        "项目没有可变动的{found_zh}",
    ),
    (
        "E356",
        "#VALUE!",
        "the shocks of a scenario or grid name {found} twice: give each factor once",
        "情景或网格中的冲击重复使用 {found}：每个因素只列一次",
    ),
    (
        "E357",
        "#N/A",
        "{found} risk controls: order-free shares are worked out for up to {most}; take lines of support together",
        "风险措施共 {found} 项：与顺序无关的份额最多计算 {most} 项；请合并增信条款",
    ),
    (
        "E358",
        "#N/A",
        "{found} moves in steps (whole months): a search needs a factor that moves freely",
        "{found} 只能按整月变动：反向压力搜索需要可连续变动的因素",
    ),
    (
        "E360",
        "#N/A",
        "the deal has no risk control whose worth could be told",
        "项目没有可计量价值的风控措施",
    ),
    (
        "E361",
        "#N/A",
        "{name}: a combination of controls that is no valid deal leaves it without a share",
        "{name}：某些措施组合不构成有效项目，无法计算其份额",
    ),
    (
        "E370",
        "#VALUE!",
        "{found} is reported twice: one row a report date, collections of the period added up",
        "报告日 {found} 重复：每个报告日一行，请先合并当期回收",
    ),
    (
        "E371",
        "#VALUE!",
        "collections are {found} times the forecast, which looks like another unit than the deal's {unit}: write the unit into the header, as in collections ({unit})",
        "回收额为预测的 {found} 倍，单位疑与项目金额单位（{unit}）不符：请在标题中注明单位，如 净回收（{unit}）",
    ),
    (
        "E372",
        "#VALUE!",
        "{found} is no licensee of the deal; nearest: {nearest}",
        "{found} 不是本项目的被许可人；最接近：{nearest}",
    ),
    (
        "E373",
        "#NUM!",
        "{found} is reported in default, which its default probability of 0 (or the factor known so far) rules out: mend the deal's input",
        "{found} 已报告违约，但其违约概率为 0（或与已知因子矛盾）：请修改项目输入",
    ),
    (
        "E374",
        "#NUM!",
        "{found} cannot all have paid so far: a default probability of 1 is contradicted; name those in default in the reports",
        "{found} 不可能均未违约：违约概率 1 与事实矛盾；请在报告中列出已违约者",
    ),
    (
        "E375",
        "#VALUE!",
        "the column {found} names no tranche of the deal; tranches: {present}",
        "列 {found} 未对应本项目的任何档次；档次：{present}",
    ),
    ("E376", "#VALUE!", "the reports hold no row", "报告中没有数据行"),
    (
        "E377",
        "#VALUE!",
        "{name} is blank in a row that reports something: write 0 where nothing came in",
        "该行有数据但{name_zh}为空：若无回收请填 0",
    ),
    (
        "E378",
        "#VALUE!",
        "ours and trustee differ in size: {found}",
        "本方与受托方数据大小不一致：{found}",
    ),
    (
        "E379",
        "#NUM!",
        "warning levels out of order ({found}): -1 <= alarm <= watch <= 0 for deviations, 1 <= watch <= alarm for multiples",
        "预警界限次序有误（{found}）：偏离须 -1 ≤ 预警 ≤ 关注 ≤ 0，倍数须 1 ≤ 关注 ≤ 预警",
    ),
    (
        "W374",
        "#VALUE!",
        "collections to date are {found} times the forecast, in the unit the header names: is it meant?",
        "按标题所列单位，累计回收为预测的 {found} 倍：请确认",
    ),
    ("W320", "#VALUE!", "{found} rows, the sheet keeps {kept}", "共 {found} 行，区域仅容 {kept} 行"),
    (
        "E320",
        "#VALUE!",
        "the file is there already: choose another name, or give --force",
        "文件已存在：请另取文件名，或使用 --force",
    ),
    (
        "E321",
        "#VALUE!",
        "{found}: a template is an .xlsx, or an .xlsm with macros",
        "{found}：模板须为 .xlsx，或含宏的 .xlsm",
    ),
    ("E340", "#N/A", "{name} lacks the data it needs: {missing}", "{name} 缺少所需数据：{missing}"),
    ("E341", "#N/A", "{name} is not applicable: {reason}", "{name} 不适用：{reason}"),
    (
        "E342",
        "#NUM!",
        "the transition probabilities add to {found}, not 1",
        "迁移概率合计 {found}，应为 1",
    ),
    (
        "E343",
        "#NUM!",
        "the pairwise matrix is not reciprocal: {first} is {found}, {second} must be its inverse {expected}",
        "两两比较矩阵不互反：{first} 为 {found}，{second} 须为其倒数 {expected}",
    ),
    (
        "E344",
        "#NUM!",
        "{found} items are compared: random indices are known up to {most}; compare in groups",
        "比较项共 {found} 个：随机一致性指标仅到 {most} 个，请分组比较",
    ),
    (
        "W345",
        "#NUM!",
        "the comparisons contradict each other: consistency ratio {found}, above 0.1; look at {first} again",
        "两两比较前后矛盾：一致性比率 {found}，高于 0.1；请复核 {first}",
    ),
    (
        "E346",
        "#NUM!",
        "more than {most} loss bands are needed: give a larger loss_unit",
        "损失分档超过 {most} 档：请加大 loss_unit",
    ),
    ("E347", "#NUM!", "no such correlation matrix: {reason}", "相关系数矩阵不成立：{reason}"),
    (
        "E348",
        "#NUM!",
        "{name}: the columns depend on each other (rank {found} of {least}): leave one out",
        "{name}：各列线性相关（秩 {found}，应为 {least}）：请删去其一",
    ),
    ("W349", "#VALUE!", "no evidence is given for: {found}", "以下风险未列依据：{found}"),
    ("E900", "#VALUE!", "internal fault in {name}: {found}; please report it", "{name} 内部错误：{found}；请反馈"),
    (
        "E910",
        "#VALUE!",
        "the Python behind this cell did not answer ({found}): run `kmv doctor`",
        "单元格背后的 Python 未响应（{found}）：请运行 kmv doctor",
    ),
    (
        "E911",
        "#VALUE!",
        "LibreOffice {minimum} or later is needed; found {found}: install the present one from libreoffice.org",
        "需要 LibreOffice {minimum} 或更新版本；现为 {found}：请从 libreoffice.org 安装新版",
    ),
    (
        "E912",
        "#VALUE!",
        "LibreOffice's extension manager failed ({found}): close LibreOffice and try again",
        "LibreOffice 扩展管理器失败（{found}）：请关闭 LibreOffice 后重试",
    ),
    (
        "E913",
        "#VALUE!",
        "LibreOffice takes no extension from the administrator account: run this as the user who works with it",
        "LibreOffice 不接受管理员账户安装扩展：请以日常使用的账户运行",
    ),
    (
        "E920",
        "#VALUE!",
        "Python {found} is too old: install Python {least} or later, then kmv-abs again",
        "Python {found} 过旧：请安装 {least} 或更高版本后重装 kmv-abs",
    ),
    (
        "E921",
        "#VALUE!",
        "the interpreter of the settings is missing ({found}): run `kmv install --excel` in the environment you use",
        "设置中的解释器不存在（{found}）：请在所用环境中运行 kmv install --excel",
    ),
    (
        "E922",
        "#VALUE!",
        "the settings name the interpreter by the relative path {found}, which Excel does not find: run `kmv install --excel`",
        "设置中的解释器为相对路径 {found}，Excel 无法找到：请运行 kmv install --excel",
    ),
    (
        "E923",
        "#VALUE!",
        "xlwings {inside} inside {what} does not fit xlwings {outside} of Python: run `kmv install --excel`",
        "{what} 内为 xlwings {inside}，与 Python 端 {outside} 不符：请运行 kmv install --excel",
    ),
    (
        "E924",
        "#VALUE!",
        "Excel from the Microsoft Store ({found}) cannot start Python: install the desktop Microsoft 365 from office.com",
        "微软商店版 Excel（{found}）无法启动 Python：请从 office.com 安装桌面版 Microsoft 365",
    ),
    (
        "E925",
        "#VALUE!",
        "Excel is {bits}-bit and {found} is not beside the interpreter: run `python -m pip install --force-reinstall xlwings=={version}`",
        "Excel 为 {bits} 位，解释器旁缺少 {found}：请运行 python -m pip install --force-reinstall xlwings=={version}",
    ),
    (
        "E926",
        "#VALUE!",
        "the settings file cannot be read ({found}): delete it and run `kmv install --excel`",
        "设置文件无法读取（{found}）：请删除后运行 kmv install --excel",
    ),
    (
        "E928",
        "#VALUE!",
        "the extension in LibreOffice is {found}, kmv-abs is {expected}: run `kmv install --libreoffice`",
        "LibreOffice 扩展为 {found}，kmv-abs 为 {expected}：请运行 kmv install --libreoffice",
    ),
    (
        "E929",
        "#VALUE!",
        "the add-in is {found}, kmv-abs is {expected}: run `kmv install --excel`",
        "Excel 加载项为 {found}，kmv-abs 为 {expected}：请运行 kmv install --excel",
    ),
    (
        "E930",
        "#VALUE!",
        "worksheet functions in Excel need Windows, this is {found}: use LibreOffice here (`kmv install --libreoffice`)",
        "Excel 工作表函数需要 Windows，本机为 {found}：请改用 LibreOffice（kmv install --libreoffice）",
    ),
    (
        "E931",
        "#VALUE!",
        "neither Excel nor LibreOffice was found: install one of them, or use `kmv report` without a spreadsheet program",
        "未找到 Excel 或 LibreOffice：请先安装其一，或直接使用 kmv report",
    ),
    (
        "E932",
        "#VALUE!",
        "this Python is {found}-bit: install the 64-bit Python",
        "当前 Python 为 {found} 位：请安装 64 位 Python",
    ),
    (
        "E933",
        "#VALUE!",
        "xlwings is not installed for this Python: run `python -m pip install --force-reinstall kmv-abs`",
        "当前 Python 未安装 xlwings：请运行 python -m pip install --force-reinstall kmv-abs",
    ),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: its code, both sentences, and where it stands (a cell, a key, an argument)."""

    code: str
    en: str
    zh: str
    where: str = ""
    field: tuple[str | int, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    @property
    def cell_error(self) -> CellError:
        return KINDS[self.code].cell_error

    def at(self, where: str) -> Problem:
        """The same problem, placed."""
        return replace(self, where=where)

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        return f"{self.code}{place} {self.en} | {self.zh}"


def problem(code: str, *, where: str = "", field: tuple[str | int, ...] = (), **fields: object) -> Problem:
    """Word a problem from its kind.

    A language that needs another word than English takes the field with the suffix `_zh`; without one both
    sentences share the field.
    """
    kind = KINDS[code]
    shared = {f"{key}_zh": value for key, value in fields.items() if not key.endswith("_zh")} | fields
    chinese = {key: shared.get(f"{key}_zh", value) for key, value in shared.items()}
    return Problem(code, kind.en.format(**fields), kind.zh.format(**chinese), where, field)


class KmvError(ValueError):
    """One or more problems, each coded and bilingual."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(each) for each in problems))
        self.problems = problems

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def cell_error(self) -> CellError:
        return self.problems[0].cell_error


def raise_errors(problems: Iterable[Problem]) -> None:
    """Raise what refuses; warnings pass."""
    errors = [each for each in problems if each.is_error]
    if errors:
        raise KmvError(*errors)

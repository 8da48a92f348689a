"""What `tunesmith tune` does: a table in; roles, pipelines, one conditional space of algorithms; a tuned model out."""

from __future__ import annotations

from tunesmith.tabular.cluster_outputs import (
    cluster_data_lines,
    cluster_facts,
    cluster_lines,
    cluster_report,
    repeat_clusters,
    write_clusters,
)
from tunesmith.tabular.cluster_verdict import Clustered, judge_clusters
from tunesmith.tabular.clusters import (
    ClusterRequest,
    cluster_name,
    cluster_objective,
    cluster_study,
    prepare_clusters,
)
from tunesmith.tabular.loading import load_table
from tunesmith.tabular.objective import FoldObjective
from tunesmith.tabular.outputs import best_facts, check_folder, folder_name, require_folder, write_outputs
from tunesmith.tabular.plan import Plan, grid_cells, make_plan
from tunesmith.tabular.repeat import repeat
from tunesmith.tabular.report import report_parts
from tunesmith.tabular.request import Prepared, Request, prepare
from tunesmith.tabular.screen import data_lines, duration, last_lines, plan_lines
from tunesmith.tabular.shape_outputs import (
    Shaped,
    judge_shape,
    repeat_shape,
    shape_data_lines,
    shape_facts,
    shape_lines,
    shape_report,
    write_shape,
)
from tunesmith.tabular.shapes import ShapeRequest, prepare_shapes, shape_name, shape_objective, shape_study
from tunesmith.tabular.tune import Search, Tuned, judge, name_of, search_for, study_of, why_no_race
from tunesmith.tabular.unlabelled import MeasuredFolds, Unlabelled
from tunesmith.tabular.verdict import Verdict

__all__ = [
    "ClusterRequest",
    "Clustered",
    "FoldObjective",
    "MeasuredFolds",
    "Plan",
    "Prepared",
    "Request",
    "Search",
    "ShapeRequest",
    "Shaped",
    "Tuned",
    "Unlabelled",
    "Verdict",
    "best_facts",
    "check_folder",
    "cluster_data_lines",
    "cluster_facts",
    "cluster_lines",
    "cluster_name",
    "cluster_objective",
    "cluster_report",
    "cluster_study",
    "data_lines",
    "duration",
    "folder_name",
    "grid_cells",
    "judge",
    "judge_clusters",
    "judge_shape",
    "last_lines",
    "load_table",
    "make_plan",
    "name_of",
    "plan_lines",
    "prepare",
    "prepare_clusters",
    "prepare_shapes",
    "repeat",
    "repeat_clusters",
    "repeat_shape",
    "report_parts",
    "require_folder",
    "search_for",
    "shape_data_lines",
    "shape_facts",
    "shape_lines",
    "shape_name",
    "shape_objective",
    "shape_report",
    "shape_study",
    "study_of",
    "why_no_race",
    "write_clusters",
    "write_outputs",
    "write_shape",
]

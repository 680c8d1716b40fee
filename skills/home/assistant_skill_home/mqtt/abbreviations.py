"""Short names of settings in discovery messages, as Home Assistant's MQTT documentation lists them; those we read."""

from __future__ import annotations

from collections.abc import Mapping

_TOPICS = {
    "stat": "state", "cmd": "command", "avty": "availability",
    "bri_cmd": "brightness_command", "bri_stat": "brightness_state",
    "clrm_stat": "color_mode_state", "clr_temp_cmd": "color_temp_command", "clr_temp_stat": "color_temp_state",
    "hs_cmd": "hs_command", "hs_stat": "hs_state", "rgb_cmd": "rgb_command", "rgb_stat": "rgb_state",
    "xy_cmd": "xy_command", "xy_stat": "xy_state",
    "set_pos": "set_position", "pos": "position",
    "mode_cmd": "mode_command", "mode_stat": "mode_state", "pow_cmd": "power_command",
    "temp_cmd": "temperature_command", "temp_stat": "temperature_state", "curr_temp": "current_temperature",
    "pct_cmd": "percentage_command", "pct_stat": "percentage_state",
    "act_stat": "activity_state", "dock_cmd": "dock_command", "pause_cmd": "pause_command",
    "pause_mw_cmd": "pause_command", "strt_mw_cmd": "start_mowing_command",
}  # fmt: skip
"""Without their ending: `stat_t` is `state_topic`, `cmd_tpl` is `command_template`."""
_OTHERS = {
    "avty": "availability", "avty_mode": "availability_mode", "bri_scl": "brightness_scale", "clrm": "color_mode",
    "bri_val_tpl": "brightness_value_template", "clr_temp_k": "color_temp_kelvin",
    "clr_temp_tpl": "color_temp_template", "clr_temp_val_tpl": "color_temp_value_template",
    "clrm_val_tpl": "color_mode_value_template",
    "cmps": "components", "dev": "device", "dev_cla": "device_class", "en": "enabled_by_default",
    "ent_cat": "entity_category", "exp_aft": "expire_after", "hs_val_tpl": "hs_value_template",
    "obj_id": "object_id", "def_ent_id": "default_entity_id", "on_cmd_type": "on_command_type", "opt": "optimistic",
    "p": "platform", "pct_val_tpl": "percentage_value_template", "act_val_tpl": "activity_value_template",
    "pl_avail": "payload_available", "pl_not_avail": "payload_not_available", "pl_cls": "payload_close",
    "pl_lock": "payload_lock", "pl_off": "payload_off", "pl_on": "payload_on", "pl_open": "payload_open",
    "pl_paus": "payload_pause", "pl_prs": "payload_press", "pl_ret": "payload_return_to_base",
    "pl_rst_pct": "payload_reset_percentage", "pl_strt": "payload_start", "pl_unlk": "payload_unlock",
    "pos": "reports_position", "pos_clsd": "position_closed", "pos_open": "position_open", "ret": "retain",
    "rgb_val_tpl": "rgb_value_template", "cod_form": "code_format", "spd_rng_min": "speed_range_min",
    "spd_rng_max": "speed_range_max", "stat_clsd": "state_closed", "stat_closing": "state_closing",
    "stat_jam": "state_jammed", "stat_locked": "state_locked", "stat_locking": "state_locking", "stat_off": "state_off",
    "stat_on": "state_on", "stat_open": "state_open", "stat_opening": "state_opening", "stat_stopped": "state_stopped",
    "stat_unlocked": "state_unlocked", "stat_unlocking": "state_unlocking", "stat_val_tpl": "state_value_template",
    "sup_clrm": "supported_color_modes", "t": "topic", "temp_unit": "temperature_unit", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template", "xy_val_tpl": "xy_value_template",
}  # fmt: skip
SETTINGS: Mapping[str, str] = {
    **{f"{short}_t": f"{long}_topic" for short, long in _TOPICS.items()},
    **{f"{short}_tpl": f"{long}_template" for short, long in _TOPICS.items()},
    **_OTHERS,
}
DEVICE: Mapping[str, str] = {"ids": "identifiers", "sa": "suggested_area"}


def spelled_out(settings: Mapping[str, object], names: Mapping[str, str] = SETTINGS) -> dict[str, object]:
    """The settings under their long names; where both are given the long one counts."""
    return {**{names[key]: value for key, value in settings.items() if key in names}, **settings}

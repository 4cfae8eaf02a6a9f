"""The axis: the organs joined into one body, its state, and how the state moves.

`Body.signals` reads every quantity that one organ sends to another at one moment; `Body.rate` turns
them into the derivative of the state. The body of one man differs from another's only in its
parameters, so a population is the same body with arrays as leaves.
"""

import equinox as eqx
from jaxtyping import Array, Float

from leydig.body.blood import Blood, Free
from leydig.body.bone import Bone
from leydig.body.effects import Action
from leydig.body.hypothalamus import Hypothalamus
from leydig.body.marrow import Marrow
from leydig.body.periphery import Aromatization, Periphery
from leydig.body.pituitary import Pituitary
from leydig.body.spermatogenesis import Spermatogenesis
from leydig.body.symptoms import Symptoms
from leydig.body.testis import Testis

__all__ = ["FOLLOWING", "Body", "ReferenceState", "Signals", "State"]

FOLLOWING = ("stages", "epididymis", "history", "tubules", "hematocrit", "bone")  # states that no hormone answers


class State(eqx.Module):
    """Everything that the body remembers.

    Attributes
    ----------
    lh, fsh : Float[Array, ""]
        Gonadotropins [IU/L].
    lh_reserve, fsh_reserve : Float[Array, ""]
        Slow gonadotrope reserves, against the reference man.
    gnrh_receptors, lh_receptors : Float[Array, ""]
        Receptors left in pituitary and testis [1].
    felt_lh, capacity, inhibin : Float[Array, ""]
        LH felt by Leydig cells, their slow capacity, and inhibin B, against the reference man.
    testosterone, estradiol, shbg : Float[Array, ""]
        Totals in blood [nmol/L, pmol/L, nmol/L].
    enzyme : Float[Array, ""]
        Aromatase left [1].
    stages, epididymis, history : tuple of Float[Array, ""]
        Germ cells in the testis and the epididymis, and the history of their support.
    tubules : Float[Array, ""]
        How far the tubules have matured [1].
    hematocrit, bone : Float[Array, ""]
        Hematocrit [L/L] and spine density [g/cm2].
    """

    lh: Float[Array, ""]
    fsh: Float[Array, ""]
    lh_reserve: Float[Array, ""]
    fsh_reserve: Float[Array, ""]
    gnrh_receptors: Float[Array, ""]
    lh_receptors: Float[Array, ""]
    effective_lh: Float[Array, ""]
    capacity: Float[Array, ""]
    inhibin: Float[Array, ""]
    testosterone: Float[Array, ""]
    estradiol: Float[Array, ""]
    shbg: Float[Array, ""]
    enzyme: Float[Array, ""]
    stages: tuple[Float[Array, ""], ...]
    epididymis: tuple[Float[Array, ""], ...]
    history: tuple[Float[Array, ""], ...]
    tubules: Float[Array, ""]
    hematocrit: Float[Array, ""]
    bone: Float[Array, ""]


class ReferenceState(eqx.Module):
    """What stays fixed while one man is simulated, worked out once.

    Attributes
    ----------
    reference : Free
        Free hormones of the reference man.
    secretion : Float[Array, ""]
        Testosterone secretion that is called 1 [nmol/d].
    estradiol : Float[Array, ""]
        Estradiol production that is called 1 [pmol/d].
    fat : Float[Array, ""]
        Share of fat in his peripheral aromatization [1].
    """

    reference: Free
    secretion: Float[Array, ""]
    estradiol: Float[Array, ""]
    fat: Float[Array, ""]


class Signals(eqx.Module):
    """What the organs tell each other at one moment.

    Attributes
    ----------
    free : Free
        Free hormones.
    androgen, estrogen : Float[Array, ""]
        Free testosterone and estradiol against the reference man.
    central_estrogen, estrogen_brake : Float[Array, ""]
        Estradiol at the brain's receptor, and the brake that it makes.
    pulses, felt_gnrh : Float[Array, ""]
        His own GnRH pulses, and all GnRH felt.
    lh_release, fsh_release : Float[Array, ""]
        What the gonadotropes release at once, per unit of reserve.
    lh, fsh : Float[Array, ""]
        Gonadotropins at the testis with what is given, against the reference man.
    secretion, testicular : Float[Array, ""]
        Testosterone secretion, and testosterone inside the testis, against the reference man.
    testosterone_production : Float[Array, ""]
        Testosterone of his own entering the blood [nmol/d].
    aromatized : Aromatized
        Estradiol by site, in units of the reference production, his own aromatase included.
    support : Float[Array, ""]
        Support of germ cells.
    """

    free: Free
    androgen: Float[Array, ""]
    estrogen: Float[Array, ""]
    central_estrogen: Float[Array, ""]
    estrogen_brake: Float[Array, ""]
    pulses: Float[Array, ""]
    felt_gnrh: Float[Array, ""]
    lh_release: Float[Array, ""]
    fsh_release: Float[Array, ""]
    lh: Float[Array, ""]
    fsh: Float[Array, ""]
    secretion: Float[Array, ""]
    testicular: Float[Array, ""]
    testosterone_production: Float[Array, ""]
    aromatized: Aromatization
    support: Float[Array, ""]


class Body(eqx.Module):
    """The organs of one man, or of many with arrays as leaves."""

    hypothalamus: Hypothalamus = Hypothalamus()
    pituitary: Pituitary = Pituitary()
    testis: Testis = Testis()
    spermatogenesis: Spermatogenesis = Spermatogenesis()
    blood: Blood = Blood()
    periphery: Periphery = Periphery()
    marrow: Marrow = Marrow()
    bone: Bone = Bone()
    symptoms: Symptoms = Symptoms()

    def frame(self, bmi: Float[Array, ""]) -> ReferenceState:
        """Return what stays fixed for a man of this BMI [kg/m2]."""
        reference = self.blood.reference()
        cleared = self.blood.testosterone_clearance * reference.testosterone
        return ReferenceState(
            reference=reference,
            secretion=(1.0 - self.testis.adrenal_share) * cleared,
            estradiol=self.blood.estradiol_clearance * reference.estradiol,
            fat=self.periphery.fat_part(bmi),
        )

    def signals(self, state: State, action: Action, frame: ReferenceState) -> Signals:
        """Return every signal between the organs.

        Parameters
        ----------
        state : State
        action : Action
            What is given.
        frame : Frame
            What stays fixed for this man.
        """
        free = self.blood.free(state.testosterone, state.estradiol, state.shbg)
        androgen = free.testosterone / frame.reference.testosterone
        estrogen = free.estradiol / frame.reference.estradiol
        seen = self.hypothalamus.central_estrogen(
            androgen,
            estrogen,
            action.brain_aromatase_block,
            action.receptor_block,
            action.receptor_activity,
        )
        brake = self.hypothalamus.estrogen_brake(seen)
        pulses = self.hypothalamus.drive * self.hypothalamus.brake(androgen, brake)
        felt = self.pituitary.effective_gnrh(pulses + action.gnrh_drive, state.gnrh_receptors, action.gnrh_block)
        lh = (state.lh + action.lh_activity) / self.pituitary.reference_lh
        fsh = (state.fsh + action.fsh_activity) / self.pituitary.reference_fsh
        secretion = self.testis.capacity * self.testis.secretion(
            state.effective_lh,
            state.capacity,
            state.lh_receptors,
            self.testis.effective_estrogen(estrogen, action.receptor_block, action.receptor_activity),
            action.steroid_block,
        )
        testicular = self.testis.testicular(secretion, state.testosterone, self.blood.reference_testosterone)
        aromatized = self.periphery.aromatization(
            free.testosterone,
            frame.reference.testosterone,
            secretion,
            state.enzyme,
            action.aromatase_block,
            frame.fat,
        )
        return Signals(
            free=free,
            androgen=androgen,
            estrogen=estrogen,
            central_estrogen=seen,
            estrogen_brake=brake,
            pulses=pulses,
            felt_gnrh=felt,
            lh_release=self.pituitary.release(felt * brake ** (1.0 - self.hypothalamus.estrogen_on_pulses)),
            fsh_release=self.pituitary.fsh_release(
                self.pituitary.fsh_drive * self.pituitary.fsh_demand(felt, seen, state.inhibin)
            ),
            lh=lh,
            fsh=fsh,
            secretion=secretion,
            testicular=testicular,
            testosterone_production=secretion * frame.secretion
            + self.testis.adrenal_secretion / (1.0 + action.steroid_block),
            aromatized=aromatized,
            support=self.spermatogenesis.support(testicular, fsh),
        )

    def rate(self, state: State, action: Action, frame: ReferenceState) -> State:
        """Return the derivative of the state, per day; parameters as `signals`."""
        one = self.signals(state, action, frame)
        pituitary, testis, blood = self.pituitary, self.testis, self.blood
        estradiol_made = self.periphery.aromatase * one.aromatized.total() * frame.estradiol
        stages, epididymis, history = self.spermatogenesis.stage_rates(
            (state.stages, state.epididymis, state.history), one.support, state.tubules
        )
        given = action.testosterone_input / (action.testosterone_input + one.testosterone_production)
        return State(
            lh=pituitary.lh_rate(state.lh, one.lh_release * state.lh_reserve),
            fsh=pituitary.fsh_rate(state.fsh, one.fsh_release * state.fsh_reserve),
            lh_reserve=(pituitary.reserve(one.lh_release) - state.lh_reserve) / pituitary.reserve_delay,
            fsh_reserve=(pituitary.reserve(one.fsh_release) - state.fsh_reserve) / pituitary.reserve_delay,
            gnrh_receptors=pituitary.receptor_rate(state.gnrh_receptors, action.gnrh_tonic),
            lh_receptors=(testis.receptors(one.lh, pituitary.reference_lh) - state.lh_receptors)
            / testis.receptor_delay,
            effective_lh=testis.effective_lh_rate(state.effective_lh, one.lh),
            capacity=(testis.capacity_target(state.effective_lh) - state.capacity) / testis.capacity_delay,
            inhibin=(testis.inhibin_production * testis.inhibin_target(one.fsh, one.testicular) - state.inhibin)
            / testis.inhibin_delay,
            testosterone=blood.testosterone_rate(
                one.testosterone_production + action.testosterone_input, one.free.testosterone
            ),
            estradiol=blood.estradiol_rate(
                estradiol_made + action.estradiol_input, one.free.estradiol
            ),
            shbg=blood.shbg_rate(state.shbg, one.androgen, one.estrogen, action.liver_estrogen),
            enzyme=self.periphery.enzyme_rate(state.enzyme, action.aromatase_loss),
            stages=stages,
            epididymis=epididymis,
            history=history,
            tubules=self.spermatogenesis.maturation_rate(state.tubules, one.support),
            hematocrit=self.marrow.rate(state.hematocrit, one.androgen, given),
            bone=self.bone.rate(state.bone, one.estrogen, one.androgen),
        )
